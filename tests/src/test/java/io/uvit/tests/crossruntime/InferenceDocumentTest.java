package io.uvit.tests.crossruntime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.v1.Experiment;
import io.uvit.runner.cli.ExitCode;
import io.uvit.savedmodels.export.WeightStorage;
import io.uvit.tests.cli.Cli;
import io.uvit.tests.golden.Fixtures;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java of {@code docs/inference.md}, piece after piece in one program. */
class InferenceDocumentTest {
  private static final String BEFORE =
      """
      import io.uvit.config.v1.Experiment;
      import io.uvit.config.v1.Solver;
      import io.uvit.savedmodels.pipeline.*;
      import io.uvit.savedmodels.weights.AutoencoderWeights;
      import io.uvit.savedmodels.weights.TensorFile;
      import java.awt.image.BufferedImage;
      import java.nio.file.Path;
      import java.util.*;
      import java.util.concurrent.*;
      import java.util.concurrent.atomic.AtomicBoolean;
      import org.tensorflow.types.TFloat32;

      class Inference {
        public static void main(String[] arguments) throws Exception {
          try (UViTPipeline pipeline = UViTPipeline.load(Path.of("models/digits"))) {
      """;

  private static final String AFTER =
      """
            System.out.println(variants.size() + " " + completed.size() + " " + path.size());
            cancelled.set(true);
            System.out.println(whole.isPresent());
            System.out.println(pipeline.sampleArrays(request, listener).isPresent());
          }
          try (UViTPipeline exported = UViTPipeline.load(Path.of("models/latents"));
              UViTPipeline files =
                  ofFiles(
                      exported.experiment(), Path.of("models/bare.npz"), Path.of(arguments[0]))) {
            for (UViTPipeline model : List.of(exported, files)) {
              List<BufferedImage> images = variants(model, new byte[16 * 16 * 3]);
              System.out.println(images.size() + " of " + images.get(0).getWidth());
            }
          }
        }
      """;

  @TempDir Path folder;

  @Test
  void thePiecesRun() throws Exception {
    String document = Files.readString(Cli.root().resolve("docs/inference.md"));
    List<String> pieces = new ArrayList<>();
    List<String> methods = new ArrayList<>();
    Matcher fences = Pattern.compile("(?s)```java\n(.*?)```").matcher(document);
    while (fences.find()) {
      (fences.group(1).startsWith("static ") ? methods : pieces).add(fences.group(1));
    }
    assertEquals(8, pieces.size());
    assertEquals(2, methods.size());
    QuickstartModel.export(folder.resolve("models/digits"), WeightStorage.DEFAULT);
    Experiment onLatents = RandomModel.onLatents();
    RandomModel.exportWithAutoencoder(
        onLatents, folder.resolve("models/latents"), WeightStorage.DEFAULT);
    RandomModel.export(onLatents, folder.resolve("models/bare"));
    String program =
        BEFORE + String.join("\n", pieces) + AFTER + String.join("\n", methods) + "}\n";
    Files.writeString(folder.resolve("Inference.java"), program);
    Path autoencoder = Fixtures.shared().resolve("fixtures/autoencoder/weights.pth");
    String said =
        Cli.java(System.getProperty("java.class.path"))
            .in(folder)
            .within(Duration.ofMinutes(5))
            .run("Inference.java", autoencoder.toAbsolutePath().toString())
            .expect(ExitCode.OK)
            .out();
    assertEquals(
        List.of(
            "[2, 28, 28, 1] 784 1568",
            "5 of 12 1568",
            "10 of 12 1568",
            "12 of 12 1568",
            "from 0: 3136",
            "from 4: 2352",
            "4",
            "3 2 5",
            "true",
            "5 of 12 1568",
            "false",
            "2 of 16",
            "2 of 16"),
        said.lines().toList());
    assertTrue(document.contains("(savedmodel.md)"));
  }
}
