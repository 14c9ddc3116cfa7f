package io.uvit.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.runner.cli.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher {@code uvit}: with the real build, and in a checkout of its own with a {@code java}
 * and a {@code mvn} that only write down that they were called.
 */
class LauncherTest {
  @TempDir Path folder;

  private Path checkout;
  private Path javaHome;
  private Path mavenCalls;

  @BeforeEach
  void makeCheckout() throws IOException {
    checkout = Files.createDirectories(folder.resolve("a check out"));
    Files.copy(
        Cli.root().resolve("uvit"), checkout.resolve("uvit"), StandardCopyOption.COPY_ATTRIBUTES);
    Files.writeString(checkout.resolve("pom.xml"), "");
    for (String module : new String[] {"configs", "ops", "graph", "savedmodels", "runner"}) {
      Files.createDirectories(checkout.resolve(module + "/src"));
      Files.writeString(checkout.resolve(module + "/pom.xml"), "");
      Files.writeString(checkout.resolve(module + "/src/Some.java"), "");
    }
    javaHome = folder.resolve("jdk");
    Files.createDirectories(javaHome.resolve("bin"));
    Files.writeString(javaHome.resolve("release"), "JAVA_VERSION=\"17.0.1\"\n");
    script(javaHome.resolve("bin/java"), "for a in \"$@\"; do echo \"[$a]\"; done; exit 42");
    mavenCalls = folder.resolve("calls");
    fakeMaven(
        """
        sleep 0.5
        mkdir -p runner/target savedmodels/target
        echo jar >runner/target/uvit-runner-1.jar
        echo jar >savedmodels/target/uvit-savedmodels-1.jar
        printf '%s' "$PWD/savedmodels/target/uvit-savedmodels-1.jar" >runner/target/classpath""");
  }

  @Test
  void buildsOnFirstUseOnly() throws IOException {
    CliResult first = fake().run("train", "--run-dir", "a b", "");
    first.expectError("uvit: building");
    assertEquals(42, first.exitCode(), first.toString());
    assertTrue(
        first.out().endsWith("[io.uvit.runner.cli.Main]\n[train]\n[--run-dir]\n[a b]\n[]\n"),
        first.out());
    CliResult second = fake().run("train");
    assertEquals("", second.err());
    assertEquals(42, second.exitCode());
    assertEquals(1, Files.readAllLines(mavenCalls).size());
  }

  @Test
  void buildsAgainWhenASourceIsNewer() throws IOException {
    fake().run("--help");
    Path source = checkout.resolve("ops/src/Some.java");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(5)));
    fake().run("--help").expectError("uvit: building");
    assertEquals(2, Files.readAllLines(mavenCalls).size());
  }

  @Test
  void buildsAgainForOtherProfiles() throws IOException {
    fake().with("UVIT_MAVEN_PROFILES", "").run("--help");
    fake().with("UVIT_MAVEN_PROFILES", "gpu").run("--help").expectError("uvit: building");
    assertTrue(Files.readAllLines(mavenCalls).get(1).contains("-Pgpu"));
  }

  @Test
  void buildsAgainWhenAJarIsGone() throws IOException {
    fake().run("--help");
    Files.delete(checkout.resolve("savedmodels/target/uvit-savedmodels-1.jar"));
    fake().run("--help").expectError("uvit: building");
  }

  @Test
  void twoFirstUsesAtOnceBuildOnce() throws IOException {
    try (CliProcess one = fake().start("--help");
        CliProcess two = fake().start("--help")) {
      assertEquals(42, one.await().exitCode());
      assertEquals(42, two.await().exitCode());
    }
    assertEquals(1, Files.readAllLines(mavenCalls).size());
  }

  @Test
  void aFailedBuildIsShown() throws IOException {
    fakeMaven("echo '[ERROR] no such symbol'; exit 1");
    CliResult result = fake().run("--help").expect(ExitCode.INTERNAL);
    result.expectError("no such symbol", "the build failed, see", "uvit-build.log");
    assertEquals("", result.out());
  }

  @Test
  void skippingTheCheckNeedsABuild() {
    fake()
        .with("UVIT_SKIP_BUILD_CHECK", "1")
        .run("--help")
        .expect(ExitCode.INTERNAL)
        .expectError("there is no build in");
  }

  @Test
  void oldOrMissingJavaIsRefused() throws IOException {
    Files.writeString(javaHome.resolve("release"), "JAVA_VERSION=\"1.8.0_402\"\n");
    fake()
        .run("--help")
        .expect(ExitCode.NATIVE_RUNTIME)
        .expectError("version 1.8.0_402, wanted 17 or newer");
    Files.delete(javaHome.resolve("bin/java"));
    fake().run("--help").expect(ExitCode.NATIVE_RUNTIME).expectError("has no bin/java");
  }

  @Test
  void newerJavaIsToldWhatItWouldWarnAbout() throws IOException {
    Files.writeString(javaHome.resolve("release"), "JAVA_VERSION=\"25\"\n");
    String options = fake().with("UVIT_JAVA_OPTS", "-Xmx1g -Da=b").run("train").out();
    assertTrue(options.contains("[--enable-native-access=ALL-UNNAMED]"), options);
    assertTrue(options.contains("[--sun-misc-unsafe-memory-access=allow]"), options);
    assertTrue(options.contains("[-Xmx1g]\n[-Da=b]"), options);
  }

  /** TensorFlow reads them when its library is loaded: the JVM must be started with them. */
  @Test
  void theFlagsOfXlaAreInTheEnvironment() throws IOException {
    script(javaHome.resolve("bin/java"), "echo \"<$TF_XLA_FLAGS>\"; echo \"<$XLA_FLAGS>\"");
    Path cache = folder.resolve("cache");
    assertEquals(
        """
        <--tf_xla_cpu_global_jit --tf_xla_persistent_cache_directory=CACHE/uvit/xla>
        <--xla_gpu_per_fusion_autotune_cache_dir=CACHE/uvit/xla>
        """
            .replace("CACHE", cache.toString()),
        xla().with("XDG_CACHE_HOME", cache.toString()).run("train").out());
    assertTrue(Files.isDirectory(cache.resolve("uvit/xla")));
    assertEquals(
        """
        <--tf_xla_cpu_global_jit --tf_xla_persistent_cache_directory=CACHE --mine=1>
        <--xla_gpu_per_fusion_autotune_cache_dir=CACHE --other=2>
        """
            .replace("CACHE", cache.toString()),
        xla()
            .with("UVIT_XLA_CACHE", cache.toString())
            .with("TF_XLA_FLAGS", "--mine=1")
            .with("XLA_FLAGS", "--other=2")
            .run("train")
            .out());
    assertEquals(
        "<--tf_xla_cpu_global_jit>\n<>\n", xla().with("UVIT_XLA_CACHE", "").run("train").out());
    assertEquals(
        "</a/file>\n</another>\n",
        xla()
            .with("UVIT_XLA_CACHE", cache.toString())
            .with("TF_XLA_FLAGS", "/a/file")
            .with("XLA_FLAGS", "/another")
            .run("train")
            .out());
    assertEquals(
        "<--tf_xla_cpu_global_jit>\n<>\n",
        xla().with("UVIT_XLA_CACHE", folder.resolve("calls/no").toString()).run("train").out(),
        "a folder that cannot be made");
  }

  private Cli xla() {
    return fake().with("TF_XLA_FLAGS", "").with("XLA_FLAGS", "");
  }

  @Test
  void worksFromAnywhereAndThroughLinks() throws IOException {
    Cli.throughLauncher(); // skips without a build
    Path link = folder.resolve("bin/uvit");
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(folder.resolve("first"), Cli.root().resolve("uvit"));
    Files.createSymbolicLink(link, Path.of("../first"));
    CliResult help = Cli.launcher(link).in(folder).run("--help").expect(ExitCode.OK);
    Files.delete(folder.resolve("first"));
    assertTrue(help.out().startsWith("usage: uvit <command>"), help.toString());
    assertEquals("", help.err());
  }

  @Test
  void exitCodeIsPassedOn() {
    Cli.throughLauncher()
        .run("trane")
        .expect(ExitCode.USAGE)
        .expectError("unknown command 'trane'");
  }

  @Test
  void helpTakesLessThanASecond() {
    Cli launcher = Cli.throughLauncher();
    Duration best = Duration.ofDays(1);
    for (int i = 0; i < 5; i++) {
      long start = System.nanoTime();
      launcher.run("--help").expect(ExitCode.OK);
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      best = took.compareTo(best) < 0 ? took : best;
    }
    assertTrue(best.compareTo(Duration.ofSeconds(1)) < 0, "took " + best);
  }

  private Cli fake() {
    return Cli.launcher(checkout.resolve("uvit"))
        .in(folder)
        .with("UVIT_SKIP_BUILD_CHECK", "")
        .with("JAVA_HOME", javaHome.toString())
        .with("PATH", folder.resolve("maven") + ":" + System.getenv("PATH"));
  }

  private void fakeMaven(String text) throws IOException {
    Files.createDirectories(folder.resolve("maven"));
    script(folder.resolve("maven/mvn"), "echo \"$*\" >>'" + mavenCalls + "'\n" + text);
  }

  private static void script(Path file, String text) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + text + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
