#include "dal/jit/engine.hpp"

#include <llvm/ExecutionEngine/Orc/CompileUtils.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Support/ErrorHandling.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <new>

#include "dal/jit/emit.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/result_codes.hpp"
#include "dal/support/parallel.hpp"

namespace dal::jit {
namespace {

Diagnostics refused(llvm::Error failed) {
    return {error(code::jit_failed, {}, "the code generator failed: " + llvm::toString(std::move(failed)))};
}

/// One function to be generated. All take and return nothing but pointers.
struct Job {
    std::string name;
    unsigned parameters;
    std::function<void(llvm::Function&)> emit;
    // Results.
    std::unique_ptr<llvm::MemoryBuffer> object;
    int64_t operations = 0;
    int64_t code_bytes = 0;
};

int64_t count_operations(const llvm::Function& function) {
    int64_t count = 0;
    for (const llvm::BasicBlock& block : function)
        for (const llvm::Instruction& instruction : block)
            count +=
                llvm::isa<llvm::BinaryOperator, llvm::CastInst, llvm::CmpInst, llvm::SelectInst, llvm::IntrinsicInst>(
                    instruction)
                    ? 1
                    : 0;
    return count;
}

int64_t text_bytes(const llvm::MemoryBuffer& object) {
    auto file = llvm::object::ObjectFile::createObjectFile(object.getMemBufferRef());
    if (!file) {
        llvm::consumeError(file.takeError());
        return 0;
    }
    int64_t bytes = 0;
    for (const llvm::object::SectionRef& section : (*file)->sections())
        if (section.isText()) bytes += static_cast<int64_t>(section.getSize());
    return bytes;
}

llvm::Error generate(Job& job, llvm::TargetMachine& machine) {
    llvm::LLVMContext context;
    llvm::Module module(job.name, context);
    module.setDataLayout(machine.createDataLayout());
    module.setTargetTriple(machine.getTargetTriple().str());
    const std::vector<llvm::Type*> pointers(job.parameters, llvm::PointerType::getUnqual(context));
    auto* function = llvm::Function::Create(llvm::FunctionType::get(llvm::Type::getVoidTy(context), pointers, false),
                                            llvm::Function::ExternalLinkage, job.name, module);
    function->addFnAttr("prefer-vector-width", "512");  // as wide as the processor has
    function->setDoesNotThrow();
    for (llvm::Argument& argument : function->args()) argument.addAttr(llvm::Attribute::NoAlias);
    job.emit(*function);
    job.operations = count_operations(*function);
    auto object = llvm::orc::SimpleCompiler(machine)(module);
    if (!object) return object.takeError();
    job.object = std::move(*object);
    job.code_bytes = text_bytes(*job.object);
    return llvm::Error::success();
}

/// Generates all jobs, `threads` at a time.
llvm::Error generate_all(std::vector<Job>& jobs, const llvm::orc::JITTargetMachineBuilder& target, int threads) {
    // LLVM's errors must be looked at, which text need not.
    std::vector<std::string> refusals(jobs.size());
    std::vector<std::unique_ptr<llvm::TargetMachine>> machines(std::min(static_cast<size_t>(threads), jobs.size()));
    std::atomic<bool> refused = false;
    parallel_for(jobs.size(), threads, [&](size_t job, size_t thread) {
        if (refused) return;
        auto& machine = machines[thread];
        const auto refuse = [&](llvm::Error why) {
            refusals[job] = llvm::toString(std::move(why));
            refused = true;
        };
        if (!machine) {
            auto made = llvm::orc::JITTargetMachineBuilder(target).createTargetMachine();
            if (!made) return refuse(made.takeError());
            machine = std::move(*made);
        }
        if (auto why = generate(jobs[job], *machine)) refuse(std::move(why));
    });
    const auto first = std::ranges::find_if(refusals, [](const std::string& text) { return !text.empty(); });
    if (first == refusals.end()) return llvm::Error::success();
    return llvm::createStringError(llvm::inconvertibleErrorCode(), *first);
}

}  // namespace

struct Engine::Session {
    std::vector<std::shared_ptr<const TableData>> tables;
    std::unique_ptr<llvm::orc::LLJIT> jit;
};

Engine::Engine(std::unique_ptr<Session> session) : session_(std::move(session)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

Result<Engine> Engine::compile(const Plan& plan, const Schedule& schedule, const std::vector<InputRows>& inputs,
                               const EngineOptions& options) {
    static std::once_flag once;
    std::call_once(once, [] {
        llvm::InitializeNativeTarget();
        llvm::InitializeNativeTargetAsmPrinter();
        // It aborts otherwise.
        llvm::install_bad_alloc_error_handler([](void*, const char*, bool) { throw std::bad_alloc(); });
    });
    auto target = llvm::orc::JITTargetMachineBuilder::detectHost();
    if (!target) return failure(refused(target.takeError()));
    if (!options.processor.empty()) {
        target->setCPU(options.processor);
        target->getFeatures() = llvm::SubtargetFeatures();
    }
    // No passes over the IR: it is made as it should be. Measurements: docs/jit.md.
    target->setCodeGenOptLevel(options.quick ? llvm::CodeGenOptLevel::None : llvm::CodeGenOptLevel::Less);
    const bool wide_integers = target->getFeatures().getString().find("+avx512dq") != std::string::npos;

    Calls calls = make_calls(plan, schedule, inputs);
    std::vector<Job> jobs;
    for (size_t j = 0; j < calls.parts.size(); ++j) {
        const Part& part = calls.parts[j];
        Job& job = jobs.emplace_back();
        job.name = "part" + std::to_string(j);
        job.parameters = parameters_of(part);
        job.emit = [&](llvm::Function& function) { emit(part, plan, schedule, wide_integers, function); };
    }

    if (auto failed = generate_all(jobs, *target, options.threads)) return failure(refused(std::move(failed)));
    auto jit = llvm::orc::LLJITBuilder().setJITTargetMachineBuilder(std::move(*target)).create();
    if (!jit) return failure(refused(jit.takeError()));
    llvm::orc::SymbolLookupSet names;
    std::vector<llvm::orc::SymbolStringPtr> symbols;
    for (Job& job : jobs) {
        symbols.push_back((*jit)->mangleAndIntern(job.name));
        names.add(symbols.back());
        if (auto failed = (*jit)->addObjectFile(std::move(job.object))) return failure(refused(std::move(failed)));
    }
    auto found = (*jit)->getExecutionSession().lookup(llvm::orc::makeJITDylibSearchOrder(&(*jit)->getMainJITDylib()),
                                                      std::move(names));
    if (!found) return failure(refused(found.takeError()));

    Engine engine(std::make_unique<Session>());
    const auto bind = [&](Call& call, auto& calls_of_engine) {
        using Function = decltype(calls_of_engine.front().function);
        calls_of_engine.push_back({(*found)[symbols[call.part]].getAddress().toPtr<Function>(), std::move(call.table)});
    };
    for (Call& call : calls.compute) {
        const bool looped = std::holds_alternative<part::Sum>(calls.parts[call.part]);
        engine.operations += looped ? 2 * call.table.front() : jobs[call.part].operations;
        bind(call, engine.compute);
    }
    for (std::vector<Call>& input : calls.convert)
        for (auto& bound = engine.convert.emplace_back(); Call & call : input) bind(call, bound);
    for (std::vector<Call>& output : calls.deliver)
        for (auto& bound = engine.deliver.emplace_back(); Call & call : output) bind(call, bound);
    for (const Job& job : jobs) engine.code_bytes += job.code_bytes;
    engine.functions = static_cast<int64_t>(jobs.size());
    engine.session_->tables = plan.tables;
    engine.session_->jit = std::move(*jit);
    return engine;
}

}  // namespace dal::jit
