package io.uvit.tests.latent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Experiment;
import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.NpyWriter;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.tests.cli.CliResult;
import io.uvit.tests.cli.InProcess;
import java.awt.image.BufferedImage;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A user's way with latents: encode, train, resume, sample, export, import. */
class LatentCommandsTest {
  @TempDir static Path folder;

  private static Path features;

  @BeforeAll
  static void encode() throws Exception {
    TinyLatents.write(folder);
    features = folder.resolve("features.textproto");
    CliResult encoded =
        uvit(
            0,
            "encode",
            "--config",
            "experiment.textproto",
            "--out",
            "store",
            "--items-per-shard",
            "10",
            "--write-config",
            "features.textproto");
    assertEquals(folder.resolve("store").toString(), encoded.out().strip());
    assertTrue(encoded.err().contains("images/s"), encoded.err());
    assertTrue(encoded.err().contains("scale factor 1/std"), encoded.err());
    uvit(0, "train", "--config", "features.textproto", "--run-dir", "run");
  }

  @Test
  void theWrittenExperimentTrainsOnTheStoreInTheMeasuredScale() {
    Experiment written = ConfigLoader.load(features.toString(), List.of());
    assertEquals(folder.resolve("store").toString(), written.getData().getFeatures().getPath());
    assertNotEquals(0.5, written.getLatent().getScaleFactor());
    uvit(
        0,
        "encode",
        "--config",
        "experiment.textproto",
        "--out",
        "store",
        "--items-per-shard",
        "10",
        "--write-config",
        "channels.textproto",
        "--scale",
        "channel");
    Experiment channels =
        ConfigLoader.load(folder.resolve("channels.textproto").toString(), List.of());
    assertEquals(4, channels.getLatent().getChannelStdCount());
    assertEquals(4, channels.getLatent().getChannelMeanCount());
    uvit(0, "train", "--config", "channels.textproto", "--run-dir", "channels");
  }

  @Test
  void previewsAreDecoded() throws Exception {
    BufferedImage preview = ImageIO.read(folder.resolve("run/samples/00000006.png").toFile());
    assertTrue(preview.getWidth() >= 10 * TinyLatents.SIDE, preview.getWidth() + " pixels wide");
    assertTrue(preview.getHeight() >= 2 * TinyLatents.SIDE, preview.getHeight() + " pixels high");
  }

  @Test
  void goesOnAfterAStopToTheSameBits() throws Exception {
    String[] half = {
      "train", "--config", "features.textproto", "--run-dir", "resumed", "--set", "train.steps=4"
    };
    uvit(0, half);
    uvit(0, "train", "--config", "features.textproto", "--run-dir", "resumed");
    for (String file : List.of("model", "ema", "optimizer")) {
      String path = "checkpoints/step-000006/" + file + ".safetensors";
      assertArrayEquals(
          Files.readAllBytes(folder.resolve("run").resolve(path)),
          Files.readAllBytes(folder.resolve("resumed").resolve(path)),
          file);
    }
  }

  @Test
  void trainsOnImagesEncodedOnTheFly() throws Exception {
    uvit(
        0,
        "train",
        "--config",
        "experiment.textproto",
        "--run-dir",
        "fly",
        "--set",
        "data.random_flip=true");
    String metrics = Files.readString(folder.resolve("fly/metrics.jsonl"));
    assertEquals(3, metrics.lines().count(), metrics);
    assertTrue(metrics.contains("\"loss\""), metrics);
  }

  @Test
  void samplesImagesFromRunAndModelAlike() throws Exception {
    uvit(0, "sample", "--run-dir", "run", "--out", "from-run", "--seed", "3");
    uvit(0, "export", "--run-dir", "run", "--out", "model");
    uvit(0, "sample", "--model", "model", "--out", "from-model", "--seed", "3");
    List<byte[]> images = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      String name = "%06d.png".formatted(i);
      byte[] image = Files.readAllBytes(folder.resolve("from-run").resolve(name));
      assertArrayEquals(image, Files.readAllBytes(folder.resolve("from-model").resolve(name)));
      images.add(image);
    }
    BufferedImage first = ImageIO.read(folder.resolve("from-run/000000.png").toFile());
    assertEquals(TinyLatents.SIDE, first.getWidth());
    assertEquals(TinyLatents.SIDE, first.getHeight());
    uvit(
        0,
        "sample",
        "--model",
        "model",
        "--init-image",
        "images/class0/1.png",
        "--strength",
        "0.01",
        "--num",
        "2",
        "--out",
        "variations");
    assertTrue(Files.exists(folder.resolve("variations/000001.png")));
  }

  @Test
  void aModelWithoutItsAutoencoderSaysSo() {
    uvit(0, "export", "--run-dir", "run", "--out", "bare", "--without-autoencoder");
    CliResult refused = uvit(3, "sample", "--model", "bare", "--out", "x.png");
    assertTrue(refused.err().contains("without its autoencoder"), refused.err());
    CliResult absent =
        uvit(3, "sample", "--run-dir", "run", "--autoencoder", "nowhere.pth", "--out", "x.png");
    assertTrue(absent.err().contains("nowhere.pth"), absent.err());
    CliResult pixels =
        uvit(
            2,
            "import",
            "--config",
            "quickstart",
            "--weights",
            "x",
            "--out",
            "y",
            "--without-autoencoder");
    assertTrue(pixels.err().contains("--without-autoencoder"), pixels.err());
  }

  @Test
  void weightsComeBackWithTheAutoencoder() {
    uvit(0, "export", "--run-dir", "run", "--format", "pth", "--out", "weights.pth");
    uvit(
        0,
        "import",
        "--config",
        "features.textproto",
        "--weights",
        "weights.pth",
        "--out",
        "imported");
    uvit(0, "sample", "--model", "imported", "--out", "imported.png", "--num", "2");
    assertTrue(Files.exists(folder.resolve("imported.png")));
  }

  /** The MS-COCO layout, with texts that are dropped, previewed and sampled from. */
  @Test
  void trainsAndSamplesOnTexts() throws Exception {
    Random random = new Random(1);
    Path coco = Files.createDirectories(folder.resolve("coco"));
    for (int i = 0; i < 5; i++) {
      npy(coco.resolve(i + ".npy"), random, 8, 8, 8);
      npy(coco.resolve(i + "_0.npy"), random, 3, 5);
      npy(coco.resolve(i + "_1.npy"), random, 3, 5);
    }
    npy(coco.resolve("empty_context.npy"), random, 3, 5);
    uvit(0, "train", "--config", "text.textproto", "--run-dir", "text");
    assertTrue(Files.exists(folder.resolve("text/samples/00000006.png")));
    uvit(
        0,
        "sample",
        "--run-dir",
        "text",
        "--contexts",
        "coco/0_0.npy",
        "--negative-contexts",
        "coco/empty_context.npy",
        "--out",
        "text.png");
    assertTrue(Files.exists(folder.resolve("text.png")));
  }

  private static void npy(Path file, Random random, long... shape) {
    float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() / 2;
    }
    List<Long> dims = Arrays.stream(shape).boxed().toList();
    try (NpyWriter writer = NpyWriter.create(file, DataType.F32, dims)) {
      writer.write(TensorFile.SOLE_NAME, FloatBuffer.wrap(values));
    }
  }

  private static CliResult uvit(int code, String... arguments) {
    CliResult result = InProcess.run(folder, arguments);
    assertEquals(code, result.exitCode(), result.err());
    return result;
  }
}
