package io.uvit.runner.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.ConfigException;
import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Preprocess;
import io.uvit.runner.encode.BlockEncoder;
import io.uvit.runner.features.FeatureStore;
import io.uvit.runner.image.ByteImage;
import io.uvit.runner.image.ImageShape;
import io.uvit.runner.image.Png;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command with a stand-in for the autoencoder. */
class EncodeCommandTest {
  private static final String CONFIG =
      """
      name: "tiny"
      model {
        image_height: 2 image_width: 2 channels: 2 patch_size: 1 embed_dim: 8 depth: 2 num_heads: 2
        class_conditional { num_classes: 3 null_class: 2 }
      }
      diffusion { discrete {} }
      data { features { path: "elsewhere" } label_dropout: 0.1 }
      train { steps: 1 batch_size: 2 adamw {} }
      latent { autoencoder: "weights" scale_factor: 0.2 }
      """;

  @TempDir Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void paint() throws Exception {
    Files.writeString(folder.resolve("tiny.textproto"), CONFIG);
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 9; i++) {
      Path file = folder.resolve("images/%s/%d.png".formatted(i % 2 == 0 ? "ant" : "bee", i));
      Files.createDirectories(file.getParent());
      ImageShape shape = new ImageShape(9, 12, 3);
      byte[] samples = new byte[shape.samples()];
      random.nextBytes(samples);
      Files.write(file, Png.encode(new ByteImage(shape, samples)));
    }
  }

  private ExitCode run(String... arguments) throws Exception {
    EncodeCommand command = new EncodeCommand(experiment -> new BlockEncoder("weights"));
    Console console =
        new Console(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            folder,
            false);
    return command.run(Main.parse(command, List.of(arguments)), console);
  }

  private ExitCode encode(String... more) throws Exception {
    String[] arguments = {
      "--config", "tiny.textproto", "--images", "images", "--out", "store", "--items-per-shard", "4"
    };
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + more.length);
    System.arraycopy(more, 0, all, arguments.length, more.length);
    return run(all);
  }

  @Test
  void makesAStoreAndAnExperimentOnIt() throws Exception {
    assertEquals(ExitCode.OK, encode("--write-config", "on-store.textproto"));
    assertEquals(folder.resolve("store") + "\n", out.toString(StandardCharsets.UTF_8));
    String notes = err.toString(StandardCharsets.UTF_8);
    assertTrue(notes.contains("9 images of 8x8, 3 channels, 2 classes"), notes);
    assertTrue(notes.contains("0 of 5 shards are there, making 5 (18 items)"), notes);
    assertTrue(notes.contains("time: waiting for decoded images"), notes);
    assertTrue(notes.contains("all 5 shards are there"), notes);
    double scale;
    try (FeatureStore store =
        FeatureStore.open(folder.resolve("store"), FeatureStore.Verification.ON_FIRST_TOUCH)) {
      assertEquals(List.of("ant", "bee"), store.classNames());
      assertEquals("ADM_CENTER_CROP 8x8", store.manifest().preprocessing());
      scale = store.statistics().scaleFactor();
      store.verify();
    }
    assertTrue(notes.contains("scale factor 1/std %.6f".formatted(scale)), notes);
    Experiment written = ConfigLoader.load(folder.resolve("on-store.textproto"));
    assertEquals(scale, written.getLatent().getScaleFactor());
    assertEquals(folder.resolve("store").toString(), written.getData().getFeatures().getPath());
    assertEquals(Preprocess.NO_RESIZE, written.getData().getPreprocess());
    assertEquals(0.1, written.getData().getLabelDropout());
  }

  @Test
  void partsAreToldApart() throws Exception {
    assertEquals(ExitCode.OK, encode("--shard", "1/2", "--write-config", "c.textproto"));
    String notes = err.toString(StandardCharsets.UTF_8);
    assertTrue(notes.contains("3 of 5 shards are missing"), notes);
    assertTrue(notes.contains("c.textproto is not written before all shards"), notes);
    assertFalse(Files.exists(folder.resolve("c.textproto")));
    assertEquals(ExitCode.OK, encode("--shard", "0/2", "--write-config", "c.textproto"));
    assertTrue(Files.exists(folder.resolve("c.textproto")));
  }

  @Test
  void wrongUsageIsNamed() throws Exception {
    for (String part : List.of("2/2", "1", "a/b", "-1/2", "0/0")) {
      UsageException e = assertThrows(UsageException.class, () -> encode("--shard=" + part));
      assertTrue(e.getMessage().startsWith("--shard: found '" + part), e.getMessage());
    }
    UsageException odd = assertThrows(UsageException.class, () -> encode("--batch-size", "3"));
    assertTrue(odd.getMessage().startsWith("--batch-size: batch size: found 3"), odd.getMessage());
    UsageException images =
        assertThrows(
            UsageException.class, () -> run("--config", "tiny.textproto", "--out", "store"));
    assertTrue(images.getMessage().startsWith("--images: missing"), images.getMessage());
    assertThrows(UsageException.class, () -> run("--config", "tiny.textproto"));
    ConfigException pixels =
        assertThrows(ConfigException.class, () -> run("--config", "quickstart", "--out", "store"));
    assertTrue(pixels.getMessage().contains("latent"), pixels.getMessage());
    ConfigException size =
        assertThrows(ConfigException.class, () -> encode("--set", "model.image_width=4"));
    assertTrue(size.getMessage().contains("size of the autoencoder's latents"), size.getMessage());
  }
}
