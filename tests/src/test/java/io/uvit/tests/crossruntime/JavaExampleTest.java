package io.uvit.tests.crossruntime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.uvit.runner.cli.ExitCode;
import io.uvit.savedmodels.export.WeightStorage;
import io.uvit.savedmodels.pipeline.SampleRequest;
import io.uvit.tests.cli.Cli;
import java.awt.image.BufferedImage;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The project in {@code docs/examples/java}, which the build has built from the modules' own jars:
 * run on nothing but the class path that its pom.xml gives it.
 */
class JavaExampleTest {
  @TempDir Path folder;

  private static Path target() {
    return Cli.root().resolve("docs/examples/java/target");
  }

  private static List<String> classPath() throws Exception {
    Path file = target().resolve("classpath");
    assumeTrue(Files.exists(file), file + " is absent: the example is built and run by mvn verify");
    return List.of(Files.readString(file).strip().split(File.pathSeparator));
  }

  @Test
  void drawsWhatItIsAskedFor() throws Exception {
    String classPath =
        target().resolve("classes")
            + File.pathSeparator
            + String.join(File.pathSeparator, classPath());
    Path model = QuickstartModel.export(folder.resolve("model"), WeightStorage.DEFAULT);
    String said =
        Cli.java(classPath)
            .in(folder)
            .within(Duration.ofMinutes(5))
            .run("example.SampleImages", model.toString(), "out.png", "4", "2")
            .expect(ExitCode.OK)
            .out();
    assertEquals("out.png" + System.lineSeparator(), said);
    BufferedImage row = ImageIO.read(folder.resolve("out.png").toFile());
    assertEquals(56, row.getWidth());
    assertEquals(28, row.getHeight());
    byte[] found = new byte[56 * 28];
    for (int i = 0; i < found.length; i++) {
      int image = i / (28 * 28);
      found[i] = (byte) row.getRaster().getSample(28 * image + i % 28, i / 28 % 28, 0);
    }
    SampleRequest request = SampleRequest.builder().labels(4, 2).steps(20).seed(42).build();
    QuickstartModel.assertSamePixels(
        "docs/examples/java", QuickstartModel.pixels(model, request), found);
  }

  /**
   * What a user of the published module gets with it: one native library, and no training tools.
   */
  @Test
  void needsLittle() throws Exception {
    List<String> names =
        classPath().stream().map(entry -> Path.of(entry).getFileName().toString()).toList();
    assertEquals(
        1,
        names.stream().filter(n -> n.matches("tensorflow-core-native-[0-9.]+-.*\\.jar")).count(),
        names::toString);
    for (String unwanted : List.of("uvit-runner", "commons-cli", "junit", "tensorflow-framework")) {
      assertFalse(names.stream().anyMatch(n -> n.startsWith(unwanted)), unwanted);
    }
    String protobuf =
        names.stream().filter(n -> n.startsWith("protobuf-java-")).findFirst().orElseThrow();
    assertTrue(
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .anyMatch(entry -> entry.endsWith(protobuf)),
        protobuf + " is not the one that the modules are tested with");
  }
}
