// What is said about a build.
#include <cstdio>

#include "dal/driver/design.hpp"

namespace dal {
namespace {

std::string levels_text(int64_t thousandths) {
    const std::string places = std::to_string(1000 + thousandths % 1000).substr(1);
    return std::to_string(thousandths / 1000) + "." + places;
}

std::string seconds_text(double seconds) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.2f s", seconds);
    return buffer;
}

/// 1,590.
std::string grouped(int64_t number) {
    if (number < 1000) return std::to_string(number);
    return grouped(number / 1000) + "," + std::to_string(1000 + number % 1000).substr(1);
}

}  // namespace

DesignReport Build::report() const {
    DesignReport report;
    report.directory = directory;
    report.top = design.top;
    report.adders = cost.adders;
    report.depth = cost.depth;
    report.adder_bits = cost.adder_bits;
    report.luts = cost.luts;
    report.register_bits = circuit::register_bits(circuit, schedule);
    report.stages = schedule.stages;
    report.slowest = schedule.stages == 0 ? cost.delay : schedule.longest;
    report.build_seconds = seconds;
    report.verified = verdict.has_value();
    report.vectors = verdict ? verdict->vectors : 0;
    report.verify_seconds = verdict ? verdict->seconds : 0;
    if (!proof) return report;
    report.proven = proof->status == proof::Outcome::Status::proven;
    report.unproven = proof->reason;
    report.wires = proof->wires;
    report.cuts = proof->cuts;
    report.proof_seconds = proof->seconds;
    return report;
}

std::string DesignReport::to_string() const {
    const auto number = [](int64_t value) { return std::to_string(value); };
    std::string text = directory.string() + ": verilog, top module " + top + "\n";
    text += "  adders     " + number(adders) + ", depth " + number(depth) + ", " + number(adder_bits) + " adder bits\n";
    text += "  estimate   " + number(luts) + " LUTs, " + number(register_bits) + " register bits\n";
    text += "  pipeline   ";
    text +=
        stages == 0 ? "combinational, " : std::to_string(stages) + (stages == 1 ? " stage" : " stages") + ", slowest ";
    text += levels_text(slowest) + " adder levels\n";
    text += "  built in   " + seconds_text(build_seconds) + "\n";
    if (proven)
        text += "  proven     " + grouped(wires) + " wires, " + grouped(cuts) +
                " cuts: equal to the program for all inputs (" + seconds_text(proof_seconds) + ")\n";
    else if (!unproven.empty())
        text += "  not proven " + unproven + " (" + seconds_text(proof_seconds) + ")\n";
    if (verified)
        text += "  verified   " + number(vectors) + " vectors: simulated Verilog = JIT, bit for bit (" +
                seconds_text(verify_seconds) + ")\n";
    return text;
}

}  // namespace dal
