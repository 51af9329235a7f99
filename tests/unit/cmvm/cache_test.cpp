// The cache finds what is equivalent, changes nothing unless it is asked for the best, and never believes a file.
#include "dal/cmvm/cache/cache.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "dal/cmvm/cache/normal_form.hpp"
#include "dal/support/file.hpp"
#include "unit/cmvm/equivalent_problem.hpp"

using namespace dal;
using namespace dal::cmvm;
using namespace dal::cmvm::testing;

namespace fs = std::filesystem;

namespace {

/// A dense problem, large enough for the disk.
RandomProblem dense_problem(Random& random, size_t size = 12) {
    RandomProblem problem;
    problem.matrix = {size, size, {}};
    for (size_t n = 0; n < size * size; ++n) problem.matrix.weights.push_back(random.integer(8));
    problem.inputs.assign(size, {Interval::of(Kif(true, 7, 0)), 0});
    return problem;
}

Solution solve_with(Cache& cache, const RandomProblem& problem, const Options& options = {}) {
    Solution solution = solve_cached(problem.matrix, problem.inputs, options, cache);
    REQUIRE_FALSE(certify(solution.graph, problem.matrix, problem.inputs));
    return solution;
}

/// One move is enough to be a search.
Options short_search(int effort) {
    Options options;
    options.effort = effort;
    options.max_moves = 1;
    return options;
}

bool same(const AdderGraph& a, const AdderGraph& b) {
    const auto same_adders = [](const Adder& x, const Adder& y) {
        return x.a == y.a && x.b == y.b && x.shift_a == y.shift_a && x.shift_b == y.shift_b &&
               x.subtract == y.subtract && x.merged == y.merged && x.depth == y.depth && x.range == y.range;
    };
    const auto same_taps = [](const OutputTap& x, const OutputTap& y) {
        return x.node == y.node && x.shift == y.shift && x.negate == y.negate;
    };
    return a.inputs == b.inputs && std::ranges::equal(a.adders, b.adders, same_adders) &&
           std::ranges::equal(a.outputs, b.outputs, same_taps);
}

bool same(const Solution& a, const Solution& b) {
    return same(a.graph, b.graph) && a.adders == b.adders && a.bits == b.bits && a.depth == b.depth &&
           a.moves == b.moves;
}

std::vector<fs::path> files_in(const fs::path& folder) {
    std::vector<fs::path> files;
    if (!fs::exists(folder)) return files;
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
    return files;
}

}  // namespace

TEST_CASE("the cache answers equivalent problems from memory") {
    Random random(31);
    Cache cache;
    int64_t problems = 0;
    int64_t asked = 0;
    for (int n = 0; n < 60; ++n) {
        const RandomProblem problem = random_problem(random, 7, 8);
        if (!normal_form(problem.matrix, problem.inputs, {})) continue;
        const Solution first = solve_with(cache, problem);
        const Solution again = solve_with(cache, problem);
        CHECK(again.adders == first.adders);
        CHECK(again.bits == first.bits);
        ++problems;
        for (int k = 0; k < 3; ++k, ++asked) {
            const RandomProblem other = equivalent_problem(random, problem, Objective::adders);
            const Solution moved = solve_with(cache, other);
            CHECK(moved.graph.adders.size() <= first.graph.adders.size() + first.graph.outputs.size());
        }
    }
    // Only problems whose signs make a negation necessary are solved again.
    CHECK(cache.statistics().from_memory > asked / 2);
    CHECK(cache.statistics().repeated >= problems);
    CHECK(cache.statistics().from_disk == 0);
    CHECK(problems > 20);
}

TEST_CASE("a cached solution is never worse than a fresh one of the same effort") {
    Random random(32);
    Cache cache;
    for (int n = 0; n < 60; ++n) {
        const RandomProblem problem = random_problem(random, 6, 6);
        for (const Depth depth : {Depth::minimum, Depth::each_output, Depth::free}) {
            Options options;
            options.depth = depth;
            solve_with(cache, problem, options);
            const RandomProblem other = equivalent_problem(random, problem, Objective::adders);
            const Solution fresh = solve(problem.matrix, problem.inputs, options);
            CHECK(solve_with(cache, problem, options).adders <= fresh.adders);
            const Solution moved = solve_with(cache, other, options);
            if (depth == Depth::minimum) CHECK(moved.graph.adders.size() <= fresh.graph.adders.size() + 7);
        }
    }
}

TEST_CASE("what comes from the disk is what solving finds") {
    Random random(33);
    const auto folder = TemporaryDirectory::make();
    REQUIRE(folder);
    const fs::path directory = folder->path() / "not" / "there" / "yet";
    int64_t from_disk = 0;
    for (int n = 0; n < 120; ++n) {
        const RandomProblem problem = random_problem(random, 8, 9);
        Options options;
        options.depth = static_cast<Depth>(n % 3);
        options.objective = n % 2 == 0 ? Objective::adders : Objective::bits;
        options.area = random.chance(30);
        options.effort = static_cast<int>(random.between(0, 1));
        options.seed = static_cast<uint64_t>(n);
        if (random.chance(30)) options.constant_follows.assign(problem.matrix.outputs, true);
        const Solution fresh = solve(problem.matrix, problem.inputs, options);
        for (int build = 0; build < 3; ++build) {
            Cache cache(directory);
            CHECK(same(solve_with(cache, problem, options), fresh));
            from_disk += cache.statistics().from_disk;
        }
    }
    CHECK(from_disk > 30);
}

TEST_CASE("a build does not depend on what others have left on the disk") {
    Random random(44);
    const auto folder = TemporaryDirectory::make();
    REQUIRE(folder);
    const RandomProblem problem = dense_problem(random);
    // Three blocks, the second one equivalent to the first, as one build has them.
    const RandomProblem other = equivalent_problem(random, problem, Objective::bits);
    const RandomProblem third = dense_problem(random, 9);
    const auto build = [&](std::optional<fs::path> directory) {
        Cache cache(std::move(directory));
        std::vector<Solution> solutions;
        for (const RandomProblem& block : {problem, other, third}) solutions.push_back(solve_with(cache, block));
        return solutions;
    };
    const auto alone = build(std::nullopt);
    {
        Cache cache(folder->path());
        Options search = short_search(3);
        search.max_moves = 20'000;
        CHECK(solve_with(cache, problem, search).adders < alone[0].adders);
        solve_with(cache, equivalent_problem(random, third, Objective::bits));
        Options flash;
        flash.effort = 0;
        solve_with(cache, other, flash);
        Options seeded;
        seeded.seed = 5;
        solve_with(cache, problem, seeded);
    }
    for (int round = 0; round < 2; ++round) {
        const auto with_disk = build(folder->path());
        for (size_t n = 0; n < alone.size(); ++n) CHECK(same(alone[n], with_disk[n]));
    }
}

TEST_CASE("the best of all searches is there for those who ask") {
    Random random(45);
    const auto folder = TemporaryDirectory::make();
    REQUIRE(folder);
    const RandomProblem problem = dense_problem(random);
    Options search;
    search.effort = 3;
    search.seconds = 0.4;
    Solution found;
    {
        Cache cache(folder->path());
        found = solve_with(cache, problem, search);
        CHECK(cache.statistics().solved == 1);
        CHECK_FALSE(found.from_best);
    }
    RandomProblem turned = problem;
    std::ranges::reverse(turned.matrix.weights);
    for (const RandomProblem& asked : {problem, turned}) {
        Cache cache(folder->path(), Cache::Use::best);
        search.seconds = 0.3;  // no more than there was
        const Solution best = solve_with(cache, asked, search);
        CHECK(best.adders == found.adders);
        CHECK(best.from_best);
        CHECK(cache.statistics().from_disk == 1);
        CHECK(cache.statistics().solved == 0);
    }
    // More than there was: the search goes on from there.
    Cache cache(folder->path(), Cache::Use::best);
    search.seconds = 0.5;
    CHECK(solve_with(cache, problem, search).adders <= found.adders);
    CHECK(cache.statistics().solved == 1);
    // And 0.3 s are no search of effort 2, nor of effort 1.
    for (const int effort : {0, 1}) {
        Cache again(folder->path(), Cache::Use::best);
        Options usual;
        usual.effort = effort;
        CHECK(solve_with(again, problem, usual).adders <= found.adders);
        CHECK(again.statistics().solved == effort);
    }
}

TEST_CASE("a short search never stands in for a long one") {
    const auto searched = [](int effort, int64_t milliseconds) {
        Searched result;
        result.milliseconds[static_cast<size_t>(effort)] = milliseconds;
        return result;
    };
    const Searched usual = searched(2, 5000);
    CHECK(usual.covers(usual));
    CHECK(searched(3, 5000).covers(usual));
    CHECK_FALSE(searched(3, 10).covers(usual));
    CHECK_FALSE(searched(1, 600'000).covers(usual));
    CHECK_FALSE(usual.covers(searched(3, 10)));
    CHECK_FALSE(Searched{}.covers(searched(0, 0)));
    // Of two searches neither is the longer one, and both together are no third.
    Searched both = searched(3, 10);
    both.join(usual);
    CHECK(both.covers(usual));
    CHECK(both.covers(searched(3, 10)));
    CHECK_FALSE(both.covers(searched(3, 11)));
    CHECK_FALSE(both.covers(searched(3, 5000)));

    Random random(46);
    const auto folder = TemporaryDirectory::make();
    REQUIRE(folder);
    const RandomProblem problem = dense_problem(random, 8);
    Options brief;
    brief.effort = 3;
    brief.seconds = 0.001;
    Options longer;
    longer.effort = 2;
    longer.seconds = 0.2;
    for (const Cache::Use use : {Cache::Use::same, Cache::Use::best}) {
        Cache cache(folder->path() / std::to_string(static_cast<int>(use)), use);
        solve_with(cache, problem, brief);
        solve_with(cache, problem, longer);
        CHECK(cache.statistics().solved == 2);
    }
}

TEST_CASE("solutions with few bits come back as they were") {
    Random random(41);
    const auto folder = TemporaryDirectory::make();
    REQUIRE(folder);
    Options options;
    options.objective = Objective::bits;
    for (int n = 0; n < 5; ++n) {
        const RandomProblem problem = dense_problem(random, 10);
        Cache first(folder->path());
        const Solution solution = solve_with(first, problem, options);
        Cache second(folder->path());
        CHECK(same(solve_with(second, problem, options), solution));
        CHECK(second.statistics().from_disk == 1);
    }
}

TEST_CASE("bounds of outputs belong to the problem") {
    const Matrix matrix{8, 1, std::vector<Int>(8, Int(1))};
    const std::vector<InputInfo> inputs(8, {Interval::of(Kif(true, 7, 0)), 0});
    Cache cache;
    Options options;
    options.depth = Depth::free;
    solve_cached(matrix, inputs, options, cache);
    options.output_depths = {3};
    const Solution solution = solve_cached(matrix, inputs, options, cache);
    CHECK(solution.depth == 3);
    CHECK(cache.statistics().solved == 2);
    solve_cached(matrix, inputs, options, cache);
    CHECK(cache.statistics().repeated == 1);
}

TEST_CASE("a stopped search does not count as one") {
    Random random(34);
    const RandomProblem problem = dense_problem(random, 16);
    Cache cache;
    Options options;
    options.effort = 2;
    options.seconds = 0.5;
    options.progress = [](const Progress&) { return false; };
    solve_with(cache, problem, options);
    options.progress = {};
    solve_with(cache, problem, options);
    solve_with(cache, problem, options);
    CHECK(cache.statistics().solved == 2);
    CHECK(cache.statistics().repeated == 1);
}

TEST_CASE("small problems stay away from the disk unless somebody searches") {
    const auto folder = TemporaryDirectory::make();
    REQUIRE(folder);
    const fs::path directory = folder->path() / "cache";
    Random random(35);
    const RandomProblem problem = dense_problem(random, 3);
    Cache cache(directory);
    solve_with(cache, problem, short_search(0));
    CHECK_FALSE(fs::exists(directory));
    solve_with(cache, problem, short_search(3));
    CHECK(files_in(directory).size() == 2);  // what that search finds, and what is best
}

TEST_CASE("damaged files are misses") {
    Random random(36);
    const auto folder = TemporaryDirectory::make();
    REQUIRE(folder);
    const RandomProblem problem = dense_problem(random, 8);
    const Solution fresh = solve(problem.matrix, problem.inputs);
    {
        Cache cache(folder->path());
        solve_with(cache, problem);
    }
    const fs::path file = files_in(folder->path()).at(0);
    const std::string good = read_file(file).value();
    for (int n = 0; n < 100; ++n) {
        std::string bytes = good;
        const auto at = static_cast<size_t>(random.between(0, static_cast<int64_t>(bytes.size()) - 1));
        switch (n % 4) {
            case 0: bytes.resize(at); break;
            case 1: bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.between(0, 7))); break;
            case 2: bytes.insert(at, "x"); break;
            case 3: bytes = std::string(at, static_cast<char>(n)); break;
        }
        std::ofstream(file, std::ios::binary) << bytes;
        Cache cache(folder->path());
        CHECK(solve_with(cache, problem).adders == fresh.adders);
        CHECK(cache.statistics().from_disk == 0);
        CHECK(cache.statistics().solved == 1);
        CHECK(read_file(file).value() == good);  // repaired
    }
    // What is no regular file.
    fs::remove(file);
    fs::create_directory(file);
    Cache in_the_way(folder->path());
    CHECK(solve_with(in_the_way, problem).adders == fresh.adders);
    fs::remove(file);
    REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
    Cache pipe(folder->path());
    CHECK(solve_with(pipe, problem).adders == fresh.adders);
}

TEST_CASE("a file of another problem is a miss") {
    Random random(47);
    const auto folder = TemporaryDirectory::make();
    REQUIRE(folder);
    const RandomProblem problem = dense_problem(random, 8);
    const CacheFiles files(folder->path(), CacheFiles::default_limit);
    std::vector<Solution> fresh;
    for (const uint64_t seed : {1, 2}) {
        Options options;
        options.seed = seed;
        Cache cache(folder->path());
        fresh.push_back(solve_with(cache, problem, options));
    }
    REQUIRE_FALSE(same(fresh[0], fresh[1]));
    Options asked;
    asked.seed = 1;
    Options other;
    other.seed = 2;
    const fs::path place = files.path_of(key_of_same(problem.matrix, problem.inputs, asked));
    REQUIRE(fs::exists(place));
    // As if the hashes of both keys were equal.
    fs::copy_file(files.path_of(key_of_same(problem.matrix, problem.inputs, other)), place,
                  fs::copy_options::overwrite_existing);
    Cache cache(folder->path());
    CHECK(same(solve_with(cache, problem, asked), fresh[0]));
    CHECK(cache.statistics().from_disk == 0);
    CHECK(decode_record(encode_record("key", {}), "key"));
    CHECK_FALSE(decode_record(encode_record("key", {}), "kez"));
}

TEST_CASE("numbers in files are kept within bounds") {
    CacheRecord record;
    record.searched.milliseconds = {INT64_MAX, INT64_MIN, 5000, -1};
    record.moves = INT64_MIN;
    const auto back = decode_record(encode_record("key", record), "key");
    REQUIRE(back);
    CHECK(back->searched.milliseconds == std::array<int64_t, 4>{Searched::longest, -1, 5000, -1});
    CHECK(back->moves == 0);
}

TEST_CASE("a bad solution that claims to be the best is replaced") {
    Random random(48);
    const auto folder = TemporaryDirectory::make();
    REQUIRE(folder);
    const RandomProblem problem = dense_problem(random, 10);
    Options flash;
    flash.effort = 0;
    const auto form = normal_form(problem.matrix, problem.inputs, flash);
    REQUIRE(form);
    const Solution bad = solve(problem.matrix, problem.inputs, flash);
    CacheRecord record{{}, 0, *to_normal_form(*form, bad.graph)};
    record.searched.milliseconds.fill(Searched::longest);
    CacheFiles files(folder->path(), CacheFiles::default_limit);
    files.write(key_of_best(*form), record);
    const auto best = [&] {
        Cache cache(folder->path(), Cache::Use::best);
        return solve_with(cache, problem).adders;
    };
    CHECK(best() == bad.adders);
    Cache cache(folder->path());
    Options search = short_search(2);
    search.max_moves = 2000;
    const Solution good = solve_with(cache, problem, search);
    REQUIRE(good.adders < bad.adders);
    CHECK(best() == good.adders);
}

TEST_CASE("hostile files with a valid checksum are misses") {
    Random random(37);
    const auto folder = TemporaryDirectory::make();
    REQUIRE(folder);
    const RandomProblem problem = dense_problem(random, 8);
    const auto form = normal_form(problem.matrix, problem.inputs, {});
    REQUIRE(form);
    const Solution fresh = solve(problem.matrix, problem.inputs);
    const auto value = [&random] {
        const int64_t choices[] = {0, 1, -1, 63, 64, 65, 1 << 20, INT32_MAX, INT32_MIN, random.between(-9, 200)};
        return choices[random.between(0, 9)];
    };
    for (const Cache::Use use : {Cache::Use::same, Cache::Use::best}) {
        CacheRecord good{{}, 0, use == Cache::Use::best ? *to_normal_form(*form, fresh.graph) : fresh.graph};
        good.searched.milliseconds.fill(60'000);
        const std::string key =
            use == Cache::Use::best ? key_of_best(*form) : key_of_same(problem.matrix, problem.inputs, {});
        int accepted = 0;
        for (int n = 0; n < 200; ++n) {
            CacheRecord record = good;
            for (int64_t changes = random.between(n == 0 ? 0 : 1, n == 0 ? 0 : 4); changes > 0; --changes) {
                Adder& adder = record.graph.adders[static_cast<size_t>(
                    random.between(0, static_cast<int64_t>(record.graph.adders.size()) - 1))];
                OutputTap& tap = record.graph.outputs[static_cast<size_t>(random.between(0, 7))];
                switch (random.between(0, 8)) {
                    case 0: adder.a = static_cast<uint32_t>(value()); break;
                    case 1: adder.b = static_cast<uint32_t>(value()); break;
                    case 2: adder.shift_a = static_cast<int>(value()); break;
                    case 3: adder.shift_b = static_cast<int>(value()); break;
                    case 4: adder.subtract = !adder.subtract; break;
                    case 5: tap.shift = static_cast<int>(value()); break;
                    case 6: tap.node = static_cast<uint32_t>(value()); break;
                    case 7: record.graph.adders.pop_back(); break;
                    case 8: record.graph.inputs = static_cast<size_t>(value()); break;
                }
            }
            const std::string bytes = encode_record(key, record);
            Cache cache(folder->path(), use);
            CacheFiles files(folder->path(), CacheFiles::default_limit);
            REQUIRE(write_file(files.path_of(key), bytes));
            // certify accepted it, or it was solved again.
            CHECK(solve_with(cache, problem).adders <= fresh.adders + 1);
            accepted += cache.statistics().from_disk > 0 ? 1 : 0;
            fs::remove(files.path_of(key));
            if (use == Cache::Use::best) fs::remove(files.path_of(key_of_same(problem.matrix, problem.inputs, {})));
        }
        CHECK(accepted >= 1);
        CHECK(accepted < 20);
    }
}

TEST_CASE("a deeper graph is not taken where a bound holds") {
    const auto folder = TemporaryDirectory::make();
    REQUIRE(folder);
    // 8 inputs summed up one after the other, in place of a tree.
    const Matrix matrix{8, 1, std::vector<Int>(8, Int(1))};
    const std::vector<InputInfo> inputs(8, {Interval::of(Kif(true, 7, 0)), 0});
    AdderGraph chain{8, {}, {{14U, 0, false}}};
    for (uint32_t n = 0; n < 7; ++n) chain.adders.push_back({n == 0 ? 0 : n + 7, n + 1, 0, 0, false, 0, Interval()});
    for (const Depth depth : {Depth::free, Depth::minimum}) {
        for (const Cache::Use use : {Cache::Use::same, Cache::Use::best}) {
            Options options = short_search(2);
            options.depth = depth;
            const auto form = normal_form(matrix, inputs, options);
            Cache cache(folder->path() / std::to_string(static_cast<int>(use)), use);
            CacheFiles files(folder->path() / std::to_string(static_cast<int>(use)), CacheFiles::default_limit);
            CacheRecord record{{}, 0, chain};
            record.searched.milliseconds.fill(60'000);
            files.write(use == Cache::Use::best ? key_of_best(*form) : key_of_same(matrix, inputs, options), record);
            const Solution solution = solve_cached(matrix, inputs, options, cache);
            CHECK(solution.depth == (depth == Depth::free ? 7 : 3));
            CHECK(cache.statistics().from_disk == (depth == Depth::free ? 1 : 0));
        }
    }
}

TEST_CASE("the cache directory stays within its limit") {
    const auto folder = TemporaryDirectory::make();
    REQUIRE(folder);
    Random random(38);
    std::ofstream(folder->path() / "foreign.txt") << std::string(100'000, 'x');
    constexpr uint64_t limit = 20'000;
    CacheFiles files(folder->path(), limit);
    CacheRecord record;
    const auto key_of = [](int n) {
        std::string key(200, 'k');
        key += std::to_string(n);
        return key;
    };
    for (int n = 0; n < 300; ++n) files.write(key_of(n), record);
    uint64_t total = 0;
    for (const fs::path& file : files_in(folder->path()))
        if (file.extension() == ".cmvm") total += fs::file_size(file);
    CHECK(total <= limit + limit / 16 + 300);
    CHECK(total > limit / 2);
    CHECK(fs::exists(folder->path() / "foreign.txt"));
    CHECK(files.read(key_of(299)));  // the newest
    CHECK_FALSE(files.read(key_of(0)));
}

TEST_CASE("many users share a directory") {
    const auto folder = TemporaryDirectory::make();
    REQUIRE(folder);
    Random random(39);
    std::vector<RandomProblem> problems;
    for (int n = 0; n < 6; ++n) problems.push_back(dense_problem(random, 8));
    std::vector<std::thread> users;
    std::atomic<int> wrong = 0;
    for (int user = 0; user < 4; ++user) {
        users.emplace_back([&] {
            for (int round = 0; round < 5; ++round) {
                Cache cache(folder->path());
                for (const RandomProblem& problem : problems) {
                    const Solution solution = solve_cached(problem.matrix, problem.inputs, {}, cache);
                    if (certify(solution.graph, problem.matrix, problem.inputs)) ++wrong;
                }
            }
        });
    }
    for (std::thread& user : users) user.join();
    CHECK(wrong == 0);
    CHECK(files_in(folder->path()).size() == 6);
}

TEST_CASE("an unwritable directory is no problem") {
    const auto folder = TemporaryDirectory::make();
    REQUIRE(folder);
    std::ofstream(folder->path() / "file") << "x";
    Random random(40);
    const RandomProblem problem = dense_problem(random, 8);
    Cache cache(folder->path() / "file" / "below");
    solve_with(cache, problem);
    CHECK(cache.statistics().solved == 1);
}

TEST_CASE("where the cache is") {
    const auto with = [](const char* xdg, const char* home, const char* dal) {
        const auto set = [](const char* name, const char* value) {
            if (value == nullptr)
                ::unsetenv(name);
            else
                ::setenv(name, value, 1);
        };
        set("XDG_CACHE_HOME", xdg);
        set("HOME", home);
        set("DAL_CACHE", dal);
        return Cache::default_directory().value_or("none").string();
    };
    CHECK(with("/x", "/h", nullptr) == "/x/dal/cmvm");
    CHECK(with(nullptr, "/h", nullptr) == "/h/.cache/dal/cmvm");
    CHECK(with("relative", "/h", nullptr) == "/h/.cache/dal/cmvm");
    CHECK(with("", "/h", "1") == "/h/.cache/dal/cmvm");
    CHECK(with("/x", "/h", "0") == "none");
    CHECK(with(nullptr, nullptr, nullptr) == "none");
    CHECK(with("", "", nullptr) == "none");
}
