#include "dal/import/alir/groups.hpp"

#include <algorithm>
#include <map>

namespace dal::importer::alir {
namespace {

using Form = Kind::Form;

std::vector<bool> needed_of(const Logic& logic) {
    std::vector<bool> needed(logic.instructions.size());
    for (const Output& output : logic.outputs)
        if (output.item >= 0) needed[static_cast<size_t>(output.item)] = true;
    for (size_t at = needed.size(); at-- > 0;)
        if (needed[at])
            for (const int operand : logic.instructions[at].operands) needed[static_cast<size_t>(operand)] = true;
    return needed;
}

Form form_of(const Instruction& instruction) {
    switch (instruction.opcode) {
        case Opcode::input: return Form::input;
        case Opcode::constant: return Form::constant;
        case Opcode::negative:
        case Opcode::add:
        case Opcode::subtract:
        case Opcode::add_constant:
        case Opcode::sum: return Form::linear;
        case Opcode::relu: return Form::relu;
        case Opcode::quantize: return Form::quantize;
        case Opcode::choose: return Form::choose;
        case Opcode::multiply: return Form::multiply;
        case Opcode::lookup: return Form::table;
        case Opcode::binary: return Form::bitwise;
        case Opcode::unary: break;
    }
    if (instruction.data[0] == 0) return Form::linear;
    return instruction.data[0] == 1 ? Form::nonzero : Form::equal;
}

}  // namespace

Kind kind_of(const Logic& logic, const Instruction& instruction) {
    const Form form = form_of(instruction);
    switch (form) {
        case Form::linear: return {form, std::max(2, static_cast<int>(instruction.operands.size()))};
        case Form::bitwise: return {form, static_cast<int>(instruction.data[1])};
        case Form::table: {
            const Kif& operand = logic.instructions[static_cast<size_t>(instruction.operands[0])].kif;
            return {form, 2 * operand.width() + (operand.k ? 1 : 0)};
        }
        default: return {form, 0};
    }
}

std::vector<Group> groups_of(const Logic& logic) {
    const std::vector<bool> needed = needed_of(logic);
    const size_t count = logic.instructions.size();
    std::vector<int> waiting(count);
    std::vector<std::vector<int>> users(count);
    std::map<Kind, std::vector<int>> ready;
    for (size_t at = 0; at < count; ++at) {
        if (!needed[at]) continue;
        const Instruction& instruction = logic.instructions[at];
        for (const int operand : instruction.operands)
            users[static_cast<size_t>(operand)].push_back(static_cast<int>(at));
        waiting[at] = static_cast<int>(instruction.operands.size());
        if (waiting[at] == 0) ready[kind_of(logic, instruction)].push_back(static_cast<int>(at));
    }
    std::vector<Group> groups;
    while (!ready.empty()) {
        // Inputs and constants compare less than all other kinds.
        auto chosen = ready.begin();
        if (chosen->first.form > Form::constant)
            chosen = std::ranges::max_element(ready, {}, [](const auto& each) { return each.second.size(); });
        Group group{chosen->first, std::move(chosen->second)};
        ready.erase(chosen);
        std::ranges::sort(group.members);
        for (const int member : group.members)
            for (const int user : users[static_cast<size_t>(member)])
                if (--waiting[static_cast<size_t>(user)] == 0)
                    ready[kind_of(logic, logic.instructions[static_cast<size_t>(user)])].push_back(user);
        groups.push_back(std::move(group));
    }
    return groups;
}

}  // namespace dal::importer::alir
