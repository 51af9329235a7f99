// Files of the cache that are damaged, forged, or of others; and the directory that they are in.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "dal/cmvm/cache/cache.hpp"
#include "dal/cmvm/cache/normal_form.hpp"
#include "dal/support/file.hpp"
#include "unit/cmvm/cached_problems.hpp"

using namespace dal;
using namespace dal::cmvm;
using namespace dal::cmvm::testing;

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
