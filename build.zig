//! Every build, test and benchmark step. Written for the Zig that zigw pins.
//!
//! Sources are gathered by walking their folder: a new .c file needs no line here. Each archive is
//! one folder, compiled with the same flags everywhere, so an arrow that DESIGN forbids is a
//! missing symbol or a failed tests/structure.sh, never a matter of build order.

const std = @import("std");

pub fn build(b: *std.Build) void {
    const steps = .{
        .run = b.step("run", "Run recoup: -- run scenarios/documented"),
        .serve = b.step("serve", "recoupd on servers of its own: prints the page's address"),
        .suite = b.step("suite", "Run every scenario; reports go to zig-out/suite.{json,xml}"),
        .swarm = b.step("swarm", "Run generated worlds: -- --seeds 1..1000"),
        .explore = b.step("explore", "See a small world completely: -- FILE --faults 1"),
        .explore_nightly = b.step("explore:nightly", "One payment without reductions, 12 GB"),
        .certificate = b.step("certificate", "What exploring proves still holds: -- [--write]"),
        .bench = b.step("bench", "Measure: steps, worlds and seeds a second"),
        .bench_prod = b.step("bench:prod", "Measure recoupd on real servers: -- [ROUNDS]"),
        .@"test" = b.step("test", "Run the cmocka tests and the structure test"),
        .test_structure = b.step("test:structure", "Hold the archives to the architecture"),
        .test_cli = b.step("test:cli", "The command's exit codes, messages, help and diagrams"),
        .test_flaws = b.step("test:flaws", "Each pair differs in its knob alone; every fault fires"),
        .test_twice = b.step("test:twice", "Each thing done twice settles alike: -- [SEEDS]"),
        .test_regressions = b.step("test:regressions", "Each bug comes back without its fix"),
        .test_integration = b.step("test:integration", "Against real Redis, MariaDB, Kafka and a PG"),
        .test_integration_asan = b.step("test:integration:asan", "The same under ASan, UBSan and LSan: -- [NAME]"),
        .test_integration_tsan = b.step("test:integration:tsan", "The same under ThreadSanitizer: -- [NAME]"),
        .test_oracle = b.step("test:oracle", "With Oracle's libmysqlclient and server: -- [PART]"),
        .test_storm = b.step("test:storm", "kill -9 of everything, under load: -- --recoupd 100"),
        .test_soak = b.step("test:soak", "recoupd holds the same after each round: -- --seconds 60"),
        .test_browser = b.step("test:browser", "The checkout page in a real Chromium"),
        .test_knobs = b.step("test:knobs", "The swarm finds each flaw: -- [--write] [SEEDS]"),
        .test_explore = b.step("test:explore", "Exploring finds each flaw: -- [--write]"),
        .test_mutants = b.step("test:mutants", "Planted bugs are still found; a tenth anew"),
        .mutants = b.step("mutants", "Search planted bugs with every engine: -- [--write] [NAME...]"),
        .test_sanitize = b.step("test:sanitize", "Tests and suite under ASan, UBSan and LSan"),
        .test_determinism = b.step("test:determinism", "Same traces from six builds: -- [SEEDS]"),
        .test_shrink = b.step("test:shrink", "Failing runs shrink alike in six builds"),
        .test_spin = b.step("test:spin", "The complete search counts what Spin counts"),
        .test_corpus = b.step("test:corpus", "Replay the fuzz corpora"),
        .fuzz_schedule = b.step("fuzz:schedule", "AFL++ picks faults and orders: -- --seconds 60"),
        .fuzz_core = b.step("fuzz:core", "AFL++ feeds one node any events: -- --asan"),
        .fuzz_scenario = b.step("fuzz:scenario", "AFL++ writes scenarios"),
        .fuzz_payload = b.step("fuzz:payload", "AFL++ writes tapes and options"),
        .fuzz_recording = b.step("fuzz:recording", "AFL++ writes recordings"),
        .fuzz_http_request = b.step("fuzz:http_request", "AFL++ sends requests, tokens, callbacks"),
        .fuzz_pg_answer = b.step("fuzz:pg_answer", "AFL++ answers as the payment gateway"),
        .fuzz_retry_record = b.step("fuzz:retry_record", "AFL++ writes to the retry topic"),
        .fuzz_ctl_request = b.step("fuzz:ctl_request", "AFL++ speaks as an operator"),
        .fuzz_planted = b.step("fuzz:planted", "fuzz:schedule finds a planted bug: -- [RUNS]"),
        .lint = b.step("lint", "clang-format, clang-tidy, cppcheck"),
        .fmt = b.step("fmt", "Format every C and Zig file in place"),
    };

    // The baseline CPU, never this machine's: a binary and its digests travel.
    const target = b.standardTargetOptions(.{ .default_target = .{ .cpu_model = .baseline } });
    // -Doptimize=Debug adds UBSan, and recoup's from-scratch twins after every step.
    const optimize = b.option(
        std.builtin.OptimizeMode,
        "optimize",
        "How recoup is built (default: ReleaseFast); tests are always Debug",
    ) orelse .ReleaseFast;

    // -Dmysql-client=oracle: libmysqlclient, where pkg-config knows it (build/mysql_client.sh makes one).
    prod_libraries[0] = switch (b.option(
        enum { mariadb, oracle },
        "mysql-client",
        "Whose client library talks to MySQL (default: mariadb)",
    ) orelse .mariadb) {
        .mariadb => "libmariadb",
        .oracle => "mysqlclient",
    };

    const release = add_archives(b, target, .ReleaseFast);
    const debug = add_archives(b, target, .Debug);
    const chosen = switch (optimize) {
        .ReleaseFast => release,
        .Debug => debug,
        else => add_archives(b, target, optimize),
    };

    // ./zigw build
    const recoup = build_recoup(b, chosen, target, optimize);
    build_recoupd(b, chosen, target, optimize);
    build_lab(b, chosen, target, optimize);
    // ./zigw build run -- run scenarios/documented
    run_recoup(b, steps.run, recoup, &.{});
    // ./zigw build suite
    run_recoup(b, steps.suite, recoup, &.{
        "run",     "scenarios",
        "--json",  b.getInstallPath(.prefix, "suite.json"),
        "--junit", b.getInstallPath(.prefix, "suite.xml"),
    });
    // ./zigw build swarm -- --seeds 1..1000
    run_recoup(b, steps.swarm, recoup, &.{"swarm"});
    // ./zigw build explore -- scenarios/explore/one-payment.yaml --faults 1 --crashes 1
    run_recoup(b, steps.explore, recoup, &.{"explore"});
    // ./zigw build explore:nightly
    run_recoup(b, steps.explore_nightly, recoup, &.{
        "explore",      "scenarios/explore/one-payment.yaml",
        "--policy",     "hardened",
        "--faults",     "2",
        "--crashes",    "1",
        "--reductions", "off",
        "--memory",     "12G",
    });
    // ./zigw build certificate -- --write
    run_script(b, steps.certificate, &.{"tests/certificate.sh"});
    // ./zigw build serve
    run_script(b, steps.serve, &.{"build/serve.sh"});
    // ./zigw build bench
    const install_bench = build_bench(b, steps.bench, release, target);
    // ./zigw build bench:prod
    build_bench_prod(b, steps.bench_prod, release, target);

    // ./zigw build test
    // ./zigw build test -Dtest-filter=breaker
    const filter = b.option([]const u8, "test-filter", "Only tests whose path contains this");
    var support: Support = .init(b, target);
    var tests: Together = .{ .step = steps.@"test", .jobs = "all" };
    build_tests(b, &tests, debug, &support, filter);
    build_prod_tests(b, &tests, "tests/prod", debug, &support, filter);
    // ./zigw build test:integration
    var integration: Together = .{ .step = steps.test_integration, .jobs = "1" };
    build_prod_tests(b, &integration, "tests/integration", debug, &support, filter);
    // ./zigw build test:integration:asan -- test_payments
    run_script(b, steps.test_integration_asan, &.{ "tests/sanitize_integration.sh", "address" });
    // ./zigw build test:integration:tsan
    run_script(b, steps.test_integration_tsan, &.{ "tests/sanitize_integration.sh", "thread" });
    // ./zigw build test:oracle -- test_mysql
    run_script(b, steps.test_oracle, &.{"tests/oracle.sh"});
    const sleepy = build_sleepy(b, chosen, target, optimize);
    // ./zigw build test:storm -- --recoupd 100 --each 20
    run_storm(b, steps.test_storm, "tests/storm/storm.py", sleepy);
    // ./zigw build test:soak -- --seconds 600
    run_storm(b, steps.test_soak, "tests/storm/soak.py", sleepy);
    // ./zigw build test:browser
    run_browser(b, steps.test_browser, debug, &support);
    // ./zigw build test:structure
    run_structure(b, steps.test_structure, release);
    steps.@"test".dependOn(steps.test_structure);

    // ./zigw build test:cli
    run_script(b, steps.test_cli, &.{"tests/cli.sh"});
    steps.@"test".dependOn(steps.test_cli);
    // ./zigw build test:flaws
    run_script(b, steps.test_flaws, &.{"tests/flaws.sh"});
    run_script(b, steps.test_flaws, &.{"tests/faults_fire.sh"});
    steps.@"test".dependOn(steps.test_flaws);
    // ./zigw build test:twice -- 1000
    run_script(b, steps.test_twice, &.{"tests/twice.sh"});
    // ./zigw build test:regressions
    run_script(b, steps.test_regressions, &.{"tests/regressions.sh"});
    // ./zigw build test:knobs
    // ./zigw build test:knobs -- --write 20000
    run_script(b, steps.test_knobs, &.{"tests/swarm_knobs.sh"});

    // ./zigw build test:explore
    // ./zigw build test:explore -- --write
    run_script(b, steps.test_explore, &.{"tests/explore.sh"});
    // ./zigw build test:mutants
    run_script(b, steps.test_mutants, &.{ "tests/mutants.sh", "test" });
    // ./zigw build mutants -- --write
    run_script(b, steps.mutants, &.{ "tests/mutants.sh", "matrix" });

    // ./zigw build test:sanitize
    run_script(b, steps.test_sanitize, &.{"tests/sanitize.sh"});
    // ./zigw build test:determinism -- 20000
    run_script(b, steps.test_determinism, &.{"tests/determinism.sh"});
    // ./zigw build test:shrink
    run_script(b, steps.test_shrink, &.{"tests/shrink.sh"});
    // ./zigw build test:spin
    _ = run_spin(b, steps.test_spin, install_bench, &.{"tests/spin.sh"});
    // ./zigw build test:corpus
    build_corpus(b, steps.test_corpus, debug, &support);
    steps.@"test".dependOn(steps.test_corpus);
    // ./zigw build fuzz:schedule -- --seconds 60 --seed 1
    run_script(b, steps.fuzz_schedule, &.{ "fuzz/run.sh", "schedule" });
    // ./zigw build fuzz:core -- --executions 1000000 --asan
    run_script(b, steps.fuzz_core, &.{ "fuzz/run.sh", "core" });
    // ./zigw build fuzz:scenario -- --asan
    run_script(b, steps.fuzz_scenario, &.{ "fuzz/run.sh", "scenario" });
    // ./zigw build fuzz:payload -- --asan
    run_script(b, steps.fuzz_payload, &.{ "fuzz/run.sh", "payload" });
    // ./zigw build fuzz:recording
    run_script(b, steps.fuzz_recording, &.{ "fuzz/run.sh", "recording" });
    // ./zigw build fuzz:http_request -- --asan
    run_script(b, steps.fuzz_http_request, &.{ "fuzz/run.sh", "http_request" });
    // ./zigw build fuzz:pg_answer
    run_script(b, steps.fuzz_pg_answer, &.{ "fuzz/run.sh", "pg_answer" });
    // ./zigw build fuzz:retry_record
    run_script(b, steps.fuzz_retry_record, &.{ "fuzz/run.sh", "retry_record" });
    // ./zigw build fuzz:ctl_request
    run_script(b, steps.fuzz_ctl_request, &.{ "fuzz/run.sh", "ctl_request" });
    // ./zigw build fuzz:planted -- 5
    run_script(b, steps.fuzz_planted, &.{"fuzz/planted.sh"});

    // ./zigw build lint
    run_script(b, steps.lint, &.{ "build/lint.sh", "check" });
    // ./zigw build fmt
    run_script(b, steps.fmt, &.{ "build/lint.sh", "fix" });
}

// ---- Flags --------------------------------------------------------------------------------------

/// The same words stand in build/compile.sh, for the steps that compile without zig; lint compares.
const c_flags = [_][]const u8{
    "-std=c17",                "-Wall",               "-Wextra",
    "-Wpedantic",              "-Wconversion",        "-Wshadow",
    "-Wswitch-enum",           "-Wstrict-prototypes", "-Wmissing-prototypes",
    "-Wundef",                 "-Wvla",               "-Werror",
    // A crash report that names its callers is worth one register.
    "-fno-omit-frame-pointer",
};

/// The core may need memcpy, memset and memcmp, and nothing else. Without these the optimizer
/// turns a loop or a comparison that it recognises into a call to a fourth function.
const core_flags = [_][]const u8{
    "-fno-builtin-bcmp",    "-fno-builtin-memmove",
    "-fno-builtin-strlen",  "-fno-builtin-wcslen",
    "-fno-stack-protector",
};

/// Those who talk to the operating system see more than ISO C; core and the models do not.
const gnu_flags = [_][]const u8{"-D_GNU_SOURCE"};

/// Debug builds may look twice at everything; rcp_check is on in every build. What UBSan adds is slow without
/// an optimizer, and finds no more for it.
const debug_flags = [_][]const u8{ "-DRCP_DEBUG", "-O1" };

/// A file's flags follow from its folder and the mode alone.
fn flags_of(
    b: *std.Build,
    source: []const u8,
    optimize: std.builtin.OptimizeMode,
) []const []const u8 {
    const starts_with = std.mem.startsWith;
    const none: []const []const u8 = &.{};
    const by_mode = if (optimize == .Debug) &debug_flags else none;
    const by_folder = if (starts_with(u8, source, "core/"))
        &core_flags
    else if (starts_with(u8, source, "sim/") and !starts_with(u8, source, "sim/scenario/"))
        none
    else
        &gnu_flags;
    return std.mem.concat(b.allocator, []const u8, &.{ &c_flags, by_mode, by_folder }) catch
        @panic("OOM");
}

// ---- Archives -----------------------------------------------------------------------------------

const Archives = struct {
    core: ?*std.Build.Step.Compile,
    yaml: ?*std.Build.Step.Compile,
    sim: ?*std.Build.Step.Compile,
    reports: ?*std.Build.Step.Compile,
    prod: ?*std.Build.Step.Compile,

    /// What simulates. Users first: a linker reads archives from left to right.
    fn link(archives: Archives, module: *std.Build.Module) void {
        if (archives.reports) |reports| module.linkLibrary(reports);
        if (archives.sim) |sim| module.linkLibrary(sim);
        if (archives.yaml) |yaml| module.linkLibrary(yaml);
        if (archives.core) |core| module.linkLibrary(core);
        link_system(module, &.{ "libfyaml", "jansson", "libxml-2.0", "liblz4" });
        module.linkSystemLibrary("pthread", .{});
    }

    /// What serves.
    fn link_prod(archives: Archives, module: *std.Build.Module) void {
        if (archives.prod) |prod| module.linkLibrary(prod);
        if (archives.yaml) |yaml| module.linkLibrary(yaml);
        if (archives.core) |core| module.linkLibrary(core);
        link_system(module, &.{"libfyaml"});
        link_system(module, &prod_libraries);
        module.linkSystemLibrary("pthread", .{});
    }
};

/// Client libraries, and what they stand on (docs/DEPENDENCIES.md). The first is MySQL's, as build() was asked.
var prod_libraries = [_][]const u8{
    undefined,   "hiredis", "rdkafka", "libcurl",    "libmicrohttpd", "libuv", "libjwt",
    "libcrypto", "libssl",  "jansson", "libsystemd",
};

fn add_archives(
    b: *std.Build,
    target: std.Build.ResolvedTarget,
    optimize: std.builtin.OptimizeMode,
) Archives {
    return .{
        .core = add_archive(b, "core", &.{}, target, optimize),
        .yaml = add_archive(b, "yaml", &.{"libfyaml"}, target, optimize),
        .sim = add_archive(b, "sim", &.{}, target, optimize),
        .reports = add_archive(b, "reports", &.{ "jansson", "libxml-2.0" }, target, optimize),
        .prod = add_archive(b, "prod", &prod_libraries, target, optimize),
    };
}

fn add_archive(
    b: *std.Build,
    folder: []const u8,
    libraries: []const []const u8,
    target: std.Build.ResolvedTarget,
    optimize: std.builtin.OptimizeMode,
) ?*std.Build.Step.Compile {
    const sources = sources_in(b, folder, .{});
    if (sources.len == 0) return null;
    const module = add_c_module(b, sources, target, optimize);
    for (libraries) |library| add_includes_of(b, module, library);
    return b.addLibrary(.{ .name = folder, .linkage = .static, .root_module = module });
}

fn add_c_module(
    b: *std.Build,
    sources: []const []const u8,
    target: std.Build.ResolvedTarget,
    optimize: std.builtin.OptimizeMode,
) *std.Build.Module {
    const module = b.createModule(.{
        .target = target,
        .optimize = optimize,
        .link_libc = true,
        .sanitize_c = if (optimize == .Debug) .full else .off,
    });
    module.addIncludePath(b.path("."));
    for (sources) |source| {
        module.addCSourceFile(.{ .file = b.path(source), .flags = flags_of(b, source, optimize) });
    }
    return module;
}

/// An archive only compiles against its libraries; the program that uses it links them.
fn add_includes_of(b: *std.Build, module: *std.Build.Module, library: []const u8) void {
    const words = b.run(&.{ "pkg-config", "--cflags-only-I", library });
    var it = std.mem.tokenizeAny(u8, words, " \n");
    while (it.next()) |word| {
        module.addSystemIncludePath(.{ .cwd_relative = b.dupe(word["-I".len..]) });
    }
}

fn link_system(module: *std.Build.Module, libraries: []const []const u8) void {
    for (libraries) |library| {
        module.linkSystemLibrary(library, .{ .use_pkg_config = .force });
    }
}

// ---- Programs -----------------------------------------------------------------------------------

fn build_recoup(
    b: *std.Build,
    archives: Archives,
    target: std.Build.ResolvedTarget,
    optimize: std.builtin.OptimizeMode,
) *std.Build.Step.Compile {
    const sources = with_host(b, sources_in(b, "cmd/recoup", .{}));
    const module = add_c_module(b, sources, target, optimize);
    module.addCMacro("RCP_COMMIT", b.fmt("\"{s}\"", .{commit(b)}));
    archives.link(module);
    const recoup = b.addExecutable(.{ .name = "recoup", .root_module = module });
    b.installArtifact(recoup);
    return recoup;
}

/// Serves. Without its client libraries it does not build: build/packages.txt has them.
fn build_recoupd(
    b: *std.Build,
    archives: Archives,
    target: std.Build.ResolvedTarget,
    optimize: std.builtin.OptimizeMode,
) void {
    const module = add_c_module(b, sources_in(b, "cmd/recoupd", .{}), target, optimize);
    module.addCMacro("RCP_COMMIT", b.fmt("\"{s}\"", .{commit(b)}));
    add_embedded(b, module);
    archives.link_prod(module);
    b.installArtifact(b.addExecutable(.{ .name = "recoupd", .root_module = module }));
}

/// The two releases after this one, as tests/integration/test_upgrade.c has them: the first reads new versions of
/// rows and records (prod/version.h), the second writes them; each has a migration more.
fn install_releases(
    b: *std.Build,
    step: *std.Build.Step,
    archives: Archives,
    target: std.Build.ResolvedTarget,
) void {
    const migrations = sources_in(b, "tests/integration/releases", .{ .suffix = ".sql" });
    const versioned = sources_that(b, "prod", "#include \"prod/version.h\"");
    const names = [_][]const u8{ "recoupd-next", "recoupd-later" };
    for (names, 1.., [_][]const u8{ "1", "2" }) |name, count, written| {
        const release = add_c_module(b, versioned, target, .Debug);
        for (prod_libraries) |library| add_includes_of(b, release, library);
        release.addCMacro("RCP_RECORD_VERSION_READ", "2");
        release.addCMacro("RCP_RECORD_VERSION_WRITTEN", written);
        release.addCMacro("RCP_ROW_VERSION_READ", "2");
        release.addCMacro("RCP_ROW_VERSION_WRITTEN", written);
        const module = add_c_module(b, sources_in(b, "cmd/recoupd", .{}), target, .Debug);
        module.addCMacro("RCP_COMMIT", b.fmt("\"{s}\"", .{name}));
        add_embedded_with(b, module, migrations[0..count]);
        // It goes first, as an archive, so that it stands in for what this release has.
        module.linkLibrary(b.addLibrary(.{
            .name = b.fmt("{s}_versions", .{name}),
            .linkage = .static,
            .root_module = release,
        }));
        archives.link_prod(module);
        const program = b.addExecutable(.{ .name = name, .root_module = module });
        step.dependOn(&b.addInstallArtifact(program, .{}).step);
    }
}

/// The sources of a folder that have this line.
fn sources_that(b: *std.Build, folder: []const u8, line: []const u8) []const []const u8 {
    var found: std.ArrayList([]const u8) = .empty;
    for (sources_in(b, folder, .{})) |file| {
        const text = b.build_root.handle.readFileAlloc(b.graph.io, file, b.allocator, .limited(1 << 20)) catch |err|
            std.debug.panic("{s}: {t}", .{ file, err });
        if (std.mem.indexOf(u8, text, line) != null)
            found.append(b.allocator, file) catch @panic("OOM");
    }
    return found.items;
}

/// Simulated and real parts together.
fn build_lab(
    b: *std.Build,
    archives: Archives,
    target: std.Build.ResolvedTarget,
    optimize: std.builtin.OptimizeMode,
) void {
    const own = concat(b, sources_in(b, "cmd/recoup-lab", .{}), sources_in(b, "lab", .{}));
    const module = add_c_module(b, with_host(b, own), target, optimize);
    archives.link(module);
    archives.link_prod(module);
    b.installArtifact(b.addExecutable(.{ .name = "recoup-lab", .root_module = module }));
}

/// The files that recoupd carries: migrations and the checkout page, as C written by build/embed.py.
fn add_embedded(b: *std.Build, module: *std.Build.Module) void {
    add_embedded_with(b, module, &.{});
}

/// With these migrations behind the real ones.
fn add_embedded_with(b: *std.Build, module: *std.Build.Module, more: []const []const u8) void {
    const page = [_][]const u8{
        "prod/page/checkout.css", "prod/page/checkout.html", "prod/page/checkout.js",
    };
    const migrations = concat(b, sources_in(b, "prod/sql", .{ .suffix = ".sql" }), more);
    add_embedded_table(b, module, "rcp_migration_files", migrations);
    add_embedded_table(b, module, "rcp_checkout", &page);
}

fn add_embedded_table(
    b: *std.Build,
    module: *std.Build.Module,
    symbol: []const u8,
    files: []const []const u8,
) void {
    const run = b.addSystemCommand(&.{"python3"});
    run.addFileArg(b.path("build/embed.py"));
    const out = run.addOutputFileArg(b.fmt("{s}.c", .{symbol}));
    run.addArg(symbol);
    for (files) |file| run.addFileArg(b.path(file));
    module.addCSourceFile(.{ .file = out, .flags = flags_of(b, "prod/", .ReleaseFast) });
}

fn build_bench(
    b: *std.Build,
    step: *std.Build.Step,
    archives: Archives,
    target: std.Build.ResolvedTarget,
) *std.Build.Step.InstallArtifact {
    const models = sources_in(b, "tests/models", .{});
    const own = std.mem.concat(b.allocator, []const u8, &.{
        sources_in(b, "cmd/bench", .{}), models,
    }) catch @panic("OOM");
    const sources = with_host(b, own);
    const module = add_c_module(b, sources, target, .ReleaseFast);
    archives.link(module);
    const bench = b.addExecutable(.{ .name = "recoup-bench", .root_module = module });
    const install = b.addInstallArtifact(bench, .{});
    const run = b.addRunArtifact(bench);
    run.step.dependOn(&install.step);
    show_output(run);
    if (b.args) |args| run.addArgs(args);
    const spin = run_spin(b, step, install, &.{ "tests/spin.sh", "--bench" });
    spin.step.dependOn(&run.step);
    return install;
}

/// Measures recoupd as it is installed, on servers that are started as for tests/integration.
fn build_bench_prod(
    b: *std.Build,
    step: *std.Build.Step,
    archives: Archives,
    target: std.Build.ResolvedTarget,
) void {
    const service = with_included(b, "tests/integration/support/service.c");
    const own = concat(b, sources_in(b, "cmd/bench-prod", .{}), service);
    const module = add_c_module(b, with_host(b, own), target, .ReleaseFast);
    link_serving(b, archives, module);
    const bench = b.addExecutable(.{ .name = "recoup-bench-prod", .root_module = module });
    const run = b.addRunArtifact(bench);
    run.step.dependOn(b.getInstallStep());
    run.setCwd(b.path("."));
    show_output(run);
    if (b.args) |args| run.addArgs(args);
    step.dependOn(&run.step);
}

/// Models against Spin: recoup-bench holds the C twins. Arguments are not for it.
fn run_spin(
    b: *std.Build,
    step: *std.Build.Step,
    bench: *std.Build.Step.InstallArtifact,
    command: []const []const u8,
) *std.Build.Step.Run {
    const run = b.addSystemCommand(&.{"bash"});
    run.step.dependOn(&bench.step);
    run.addArgs(command);
    run.setCwd(b.path("."));
    show_output(run);
    step.dependOn(&run.step);
    return run;
}

fn run_recoup(
    b: *std.Build,
    step: *std.Build.Step,
    recoup: *std.Build.Step.Compile,
    args: []const []const u8,
) void {
    const run = b.addRunArtifact(recoup);
    run.step.dependOn(b.getInstallStep());
    show_output(run);
    run.addArgs(args);
    if (b.args) |more_args| run.addArgs(more_args);
    step.dependOn(&run.step);
}

// ---- Tests --------------------------------------------------------------------------------------

/// What stands beside tests, compiled once for all programs. It goes before the archives of the house, so that
/// a double stands in for the real part.
const Support = struct {
    target: std.Build.ResolvedTarget,
    /// What simulated tests and fuzz targets share.
    simulated: *std.Build.Step.Compile,
    /// Of the others, what a test includes: an archive a file.
    parts: std.StringHashMapUnmanaged(*std.Build.Step.Compile) = .empty,

    fn init(b: *std.Build, target: std.Build.ResolvedTarget) Support {
        const sources = std.mem.concat(b.allocator, []const u8, &.{
            sources_in(b, "tests/support", .{}),
            sources_in(b, "tests/models", .{}),
            sources_in(b, "fuzz/support", .{}),
        }) catch @panic("OOM");
        const module = add_c_module(b, with_host(b, sources), target, .Debug);
        const library = b.addLibrary(.{ .name = "support", .linkage = .static, .root_module = module });
        return .{ .target = target, .simulated = library };
    }

    fn part(support: *Support, b: *std.Build, file: []const u8) *std.Build.Step.Compile {
        const entry = support.parts.getOrPut(b.allocator, file) catch @panic("OOM");
        if (!entry.found_existing) {
            const module = add_c_module(b, &.{file}, support.target, .Debug);
            for (prod_libraries) |library| add_includes_of(b, module, library);
            const name = b.fmt("part-{s}", .{std.fs.path.stem(file)});
            entry.value_ptr.* = b.addLibrary(.{ .name = name, .linkage = .static, .root_module = module });
        }
        return entry.value_ptr.*;
    }
};

/// Test programs of one step: side by side, or where real servers keep time one after another.
const Together = struct {
    step: *std.Build.Step,
    jobs: []const u8,
    run: ?*std.Build.Step.Run = null,

    fn add(together: *Together, b: *std.Build, program: *std.Build.Step.Compile) *std.Build.Step.Run {
        const run = together.run orelse b.addSystemCommand(&.{ "bash", "build/together.sh", together.jobs });
        if (together.run == null) {
            run.setCwd(b.path("."));
            show_output(run);
            together.step.dependOn(&run.step);
            together.run = run;
        }
        run.addArtifactArg(program);
        return run;
    }
};

fn build_tests(
    b: *std.Build,
    tests: *Together,
    archives: Archives,
    support: *Support,
    filter: ?[]const u8,
) void {
    for (sources_in(b, "tests/unit", .{ .prefix = "test_" })) |source| {
        if (filter) |part| if (std.mem.indexOf(u8, source, part) == null) continue;
        const module = add_c_module(b, &.{source}, support.target, .Debug);
        module.linkLibrary(support.simulated);
        archives.link(module);
        link_system(module, &.{"cmocka"});
        const name = std.fs.path.stem(source);
        _ = tests.add(b, b.addExecutable(.{ .name = name, .root_module = module }));
    }
}

/// What serves, without a server (tests/prod) or against real ones (tests/integration), which
/// tests/services starts and stops.
fn build_prod_tests(
    b: *std.Build,
    tests: *Together,
    folder: []const u8,
    archives: Archives,
    support: *Support,
    filter: ?[]const u8,
) void {
    for (sources_in(b, folder, .{ .prefix = "test_" })) |source| {
        if (filter) |part| if (std.mem.indexOf(u8, source, part) == null) continue;
        if (std.mem.indexOf(u8, source, "/support/") != null) continue;
        const name = std.fs.path.stem(source);
        const module = add_c_module(b, &.{source}, support.target, .Debug);
        for (with_host(b, with_included(b, source)[1..])) |file| module.linkLibrary(support.part(b, file));
        link_serving(b, archives, module);
        const run = tests.add(b, b.addExecutable(.{ .name = name, .root_module = module }));
        // It finds recoupd and recoup-lab where they are installed.
        run.step.dependOn(b.getInstallStep());
        if (std.mem.endsWith(u8, source, "test_upgrade.c"))
            install_releases(b, &run.step, archives, support.target);
    }
}

/// recoupd with a clock that has slept now and then, so that recovery ticks before the process dies.
fn build_sleepy(
    b: *std.Build,
    archives: Archives,
    target: std.Build.ResolvedTarget,
    optimize: std.builtin.OptimizeMode,
) *std.Build.Step.Compile {
    const module = add_c_module(b, sources_in(b, "cmd/recoupd", .{}), target, optimize);
    module.addCMacro("RCP_COMMIT", b.fmt("\"{s}\"", .{commit(b)}));
    add_embedded(b, module);
    // The loop goes first, as an archive, so that it stands in for the real one.
    const loop = add_c_module(b, sources_in(b, "tests/storm", .{}), target, optimize);
    for (prod_libraries) |library| add_includes_of(b, loop, library);
    module.linkLibrary(b.addLibrary(.{ .name = "sleepy", .linkage = .static, .root_module = loop }));
    archives.link_prod(module);
    return b.addExecutable(.{ .name = "recoupd-sleepy", .root_module = module });
}

/// One of its two recoupds is the sleepy one.
fn run_storm(
    b: *std.Build,
    step: *std.Build.Step,
    program: []const u8,
    sleepy: *std.Build.Step.Compile,
) void {
    const run = b.addSystemCommand(&.{ "python3", "-B", program, "--sleepy" });
    run.addArtifactArg(sleepy);
    run.step.dependOn(b.getInstallStep());
    run.setCwd(b.path("."));
    show_output(run);
    if (b.args) |args| run.addArgs(args);
    step.dependOn(&run.step);
}

/// Clicks through the checkout page, served by what serves it in production, on fake backends.
fn run_browser(
    b: *std.Build,
    step: *std.Build.Step,
    archives: Archives,
    support: *Support,
) void {
    const source = "tests/browser/server.c";
    const module = add_c_module(b, &.{source}, support.target, .Debug);
    for (with_host(b, with_included(b, source)[1..])) |file| module.linkLibrary(support.part(b, file));
    link_serving(b, archives, module);
    const run = b.addSystemCommand(&.{ "bash", "tests/browser/run.sh" });
    run.addArtifactArg(b.addExecutable(.{ .name = "browser-server", .root_module = module }));
    run.setCwd(b.path("."));
    show_output(run);
    step.dependOn(&run.step);
}

/// The fuzz targets without AFL++: each reads its corpus, and aborts where something is wrong. And
/// their dictionaries are those of the schema.
fn build_corpus(
    b: *std.Build,
    step: *std.Build.Step,
    archives: Archives,
    support: *Support,
) void {
    const dictionaries = b.addSystemCommand(&.{ "python3", "fuzz/dictionary.py", "--check" });
    dictionaries.setCwd(b.path("."));
    show_output(dictionaries);
    step.dependOn(&dictionaries.step);
    const main = [_][]const u8{ "fuzz/afl_main.c", "fuzz/yaml_round.c", "cmd/recoup/options.c" };
    const shared = b.addLibrary(.{
        .name = "afl",
        .linkage = .static,
        .root_module = add_c_module(b, &main, support.target, .Debug),
    });
    for (sources_in(b, "fuzz", .{ .prefix = "fuzz_" })) |source| {
        const module = add_c_module(b, &.{source}, support.target, .Debug);
        module.linkLibrary(shared);
        module.linkLibrary(support.simulated);
        archives.link(module);
        archives.link_prod(module);
        const name = std.fs.path.stem(source);
        const run = b.addRunArtifact(b.addExecutable(.{ .name = name, .root_module = module }));
        run.setName(source);
        run.setCwd(b.path("."));
        const corpus = b.fmt("fuzz/corpus/{s}", .{name["fuzz_".len..]});
        for (sources_in(b, corpus, .{ .suffix = "" })) |input| run.addArg(input);
        show_output(run);
        step.dependOn(&run.step);
    }
}

fn run_structure(b: *std.Build, step: *std.Build.Step, archives: Archives) void {
    const run = b.addSystemCommand(&.{ "bash", "tests/structure.sh" });
    run.setCwd(b.path("."));
    if (archives.core) |core| run.addPrefixedArtifactArg("core=", core);
    if (archives.sim) |sim| run.addPrefixedArtifactArg("sim=", sim);
    show_output(run);
    step.dependOn(&run.step);
}

/// A script finds recoup where it is installed, and so runs after that.
fn run_script(b: *std.Build, step: *std.Build.Step, command: []const []const u8) void {
    const run = b.addSystemCommand(&.{"bash"});
    run.step.dependOn(b.getInstallStep());
    run.addArgs(command);
    run.setCwd(b.path("."));
    run.setEnvironmentVariable("ZIG", b.graph.zig_exe);
    show_output(run);
    if (b.args) |args| run.addArgs(args);
    step.dependOn(&run.step);
}

// ---- Small things -------------------------------------------------------------------------------

/// Lets the command speak for itself, and runs it every time: a cached answer is no answer.
fn show_output(run: *std.Build.Step.Run) void {
    run.stdio = .inherit;
    run.has_side_effects = true;
}

/// What a program made of serving parts links, tests and benchmarks alike.
fn link_serving(b: *std.Build, archives: Archives, module: *std.Build.Module) void {
    add_embedded(b, module);
    archives.link(module);
    archives.link_prod(module);
    link_system(module, &.{"cmocka"});
}

/// The C files (or others) below a folder, from the root, sorted so that every machine links
/// alike. A folder that does not exist has none.
fn sources_in(
    b: *std.Build,
    folder: []const u8,
    options: struct { prefix: []const u8 = "", suffix: []const u8 = ".c" },
) []const []const u8 {
    const io = b.graph.io;
    var found: std.ArrayList([]const u8) = .empty;
    const root = b.build_root.handle;
    var dir = root.openDir(io, folder, .{ .iterate = true }) catch |err| switch (err) {
        error.FileNotFound => return &.{},
        else => std.debug.panic("{s}: {t}", .{ folder, err }),
    };
    defer dir.close(io);
    var walker = dir.walk(b.allocator) catch @panic("OOM");
    defer walker.deinit();
    while (walker.next(io) catch |err| std.debug.panic("{s}: {t}", .{ folder, err })) |entry| {
        if (entry.kind != .file) continue;
        if (!std.mem.endsWith(u8, entry.basename, options.suffix)) continue;
        if (!std.mem.startsWith(u8, entry.basename, options.prefix)) continue;
        found.append(b.allocator, b.fmt("{s}/{s}", .{ folder, entry.path })) catch @panic("OOM");
    }
    std.mem.sort([]const u8, found.items, {}, less_than);
    return found.items;
}

/// The source, and the .c beside each header of tests/ and lab/ that it includes, theirs included.
fn with_included(b: *std.Build, source: []const u8) []const []const u8 {
    var found: std.ArrayList([]const u8) = .empty;
    found.append(b.allocator, source) catch @panic("OOM");
    var at: usize = 0;
    while (at < found.items.len) : (at += 1) {
        add_included(b, found.items[at], &found);
        const header = b.fmt("{s}h", .{found.items[at][0 .. found.items[at].len - 1]});
        if (exists(b, header)) add_included(b, header, &found);
    }
    return found.items;
}

fn add_included(b: *std.Build, file: []const u8, found: *std.ArrayList([]const u8)) void {
    const text = b.build_root.handle.readFileAlloc(b.graph.io, file, b.allocator, .limited(1 << 20)) catch |err|
        std.debug.panic("{s}: {t}", .{ file, err });
    var lines = std.mem.tokenizeScalar(u8, text, '\n');
    while (lines.next()) |line| {
        const mark = "#include \"";
        if (!std.mem.startsWith(u8, line, mark)) continue;
        const path = line[mark.len .. std.mem.indexOfScalarPos(u8, line, mark.len, '"') orelse continue];
        const ours = std.mem.startsWith(u8, path, "tests/") or std.mem.startsWith(u8, path, "lab/");
        const beside = b.fmt("{s}c", .{path[0 .. path.len - 1]});
        if (!ours or !exists(b, beside)) continue;
        for (found.items) |known| {
            if (std.mem.eql(u8, known, beside)) break;
        } else found.append(b.allocator, beside) catch @panic("OOM");
    }
}

fn exists(b: *std.Build, file: []const u8) bool {
    b.build_root.handle.access(b.graph.io, file, .{}) catch return false;
    return true;
}

/// What every program that runs a simulation supplies: cmd/host.
fn with_host(b: *std.Build, sources: []const []const u8) []const []const u8 {
    return concat(b, sources, sources_in(b, "cmd/host", .{}));
}

fn concat(b: *std.Build, left: []const []const u8, right: []const []const u8) []const []const u8 {
    return std.mem.concat(b.allocator, []const u8, &.{ left, right }) catch @panic("OOM");
}

fn less_than(_: void, left: []const u8, right: []const u8) bool {
    return std.mem.lessThan(u8, left, right);
}

/// What recoup writes into its reports. "unknown" outside a git checkout.
fn commit(b: *std.Build) []const u8 {
    var code: u8 = undefined;
    const git = [_][]const u8{
        "git", "-C", b.pathFromRoot("."), "describe", "--always", "--dirty", "--abbrev=12",
    };
    const name = b.runAllowFail(&git, &code, .ignore) catch return "unknown";
    return std.mem.trim(u8, name, " \n");
}
