package io.uvit.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.BundledConfigs;
import io.uvit.config.ConfigLoader;
import io.uvit.runner.cli.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code uvit config}. */
class ConfigCommandTest {
  @TempDir Path folder;

  private final Cli uvit = Cli.inChildJvm();

  @Test
  void printsWhatOtherCommandsReadBack() throws IOException {
    CliResult first =
        uvit.in(folder)
            .run("config", "cifar10_uvit_small", "--set", "train.batch_size=4", "--set", "seed=7")
            .expect(ExitCode.OK);
    assertEquals("", first.err());
    assertTrue(first.out().contains("# parameters:           44,255,328 in 164 tensors"));
    assertTrue(first.out().contains("# multiply-accumulates: 12.20 G an image and evaluation"));
    assertTrue(first.out().contains("at batch size 4 "), first.out());
    Files.writeString(folder.resolve("mine.textproto"), first.out());
    CliResult second = uvit.in(folder).run("config", "mine.textproto").expect(ExitCode.OK);
    assertEquals(first.out(), second.out());
    assertEquals(
        ConfigLoader.load("cifar10_uvit_small", List.of("train.batch_size=4", "seed=7")),
        ConfigLoader.parse(second.out(), "printed"));
  }

  @Test
  void listsTheBuiltInOnes() {
    assertEquals(
        BundledConfigs.names(),
        uvit.run("config", "--list").expect(ExitCode.OK).out().lines().toList());
  }

  @Test
  void loadsNoTensorFlowLibrary() {
    CliResult result =
        Cli.inChildJvm("-Xlog:class+load:file=" + folder.resolve("log"))
            .run("config", "imagenet512_uvit_huge")
            .expect(ExitCode.OK);
    assertTrue(result.out().contains("500,942,656"));
    assertTrue(
        classLog().stream().noneMatch(line -> line.contains("org.bytedeco.javacpp.Loader ")));
  }

  @Test
  void badConfigsAreExplained() throws IOException {
    uvit.run("config", "quickstart", "--set", "model.depht=4")
        .expect(ExitCode.BAD_CONFIG)
        .expectError("model.depht", "depth");
    uvit.run("config", "quickstart", "--set", "model.depth=5")
        .expect(ExitCode.BAD_CONFIG)
        .expectError("model.depth", "found 5", "wanted");
    uvit.run("config", "quikstart").expect(ExitCode.BAD_CONFIG).expectError("quickstart");
    Files.writeString(folder.resolve("bad.textproto"), "name: \"a\"\nname: \"b\"\n");
    CliResult twice = uvit.in(folder).run("config", "bad.textproto").expect(ExitCode.BAD_CONFIG);
    twice.expectError("bad.textproto");
    assertEquals("", twice.out());
    assertTrue(!twice.err().contains("\tat "), twice.err());
    uvit.in(folder)
        .run("config", "bad.textproto", "--debug")
        .expect(ExitCode.BAD_CONFIG)
        .expectError("\tat io.uvit.config.");
  }

  @Test
  void wrongUsageIsExplained() {
    uvit.run("config").expect(ExitCode.USAGE).expectError("FILE_OR_NAME: found none, wanted one");
    uvit.run("config", "quickstart", "quickstart")
        .expect(ExitCode.USAGE)
        .expectError("unexpected argument 'quickstart'");
    uvit.run("config", "quickstart", "--sett", "a=b")
        .expect(ExitCode.USAGE)
        .expectError("unknown option '--sett'; did you mean --set?");
    uvit.run("confg").expect(ExitCode.USAGE).expectError("did you mean config?");
    uvit.run().expect(ExitCode.USAGE).expectError("usage: uvit <command>");
    uvit.with("UVIT_DEBUG", "1").run("confg").expect(ExitCode.USAGE).expectError("\tat io.uvit");
  }

  private List<String> classLog() {
    try {
      return Files.readAllLines(folder.resolve("log"));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
