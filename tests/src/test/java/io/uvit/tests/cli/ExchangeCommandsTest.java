package io.uvit.tests.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.ConfigPrinter;
import io.uvit.config.v1.Experiment;
import io.uvit.runner.cli.ExitCode;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import io.uvit.tests.golden.Fixtures;
import io.uvit.tests.golden.GoldenExperiments;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training folders of the official code and weights of another grid, on the command line. */
class ExchangeCommandsTest {
  @TempDir Path folder;

  private CliResult uvit(String... arguments) {
    return InProcess.run(folder, arguments);
  }

  /** A command on the ten digits, so small that a step takes milliseconds. */
  private CliResult tiny(String command, List<String> overrides, String... arguments) {
    List<String> words = new ArrayList<>(List.of(command, "--config", "quickstart"));
    List<String> all =
        new ArrayList<>(
            List.of(
                "model.embed_dim=16",
                "model.depth=2",
                "model.num_heads=2",
                "train.batch_size=4",
                "train.warmup_steps=3",
                "train.preview_every=0",
                "train.ema_decay=0.9"));
    all.addAll(overrides);
    for (String override : all) {
      words.add("--set");
      words.add(override);
    }
    words.addAll(Arrays.asList(arguments));
    return uvit(words.toArray(String[]::new));
  }

  @Test
  void aRunGoesThroughATrainingFolderBitForBit() throws IOException {
    List<String> two = List.of("train.steps=2");
    List<String> five = List.of("train.steps=5");
    tiny("train", two, "--run-dir", "a").expect(ExitCode.OK);
    uvit("export", "--run-dir", "a", "--format", "ckpt", "--out", "2.ckpt")
        .expect(ExitCode.OK)
        .expectError("exported the training at step 2");
    tiny("import", five, "--checkpoint", "2.ckpt", "--run-dir", "b")
        .expect(ExitCode.OK)
        .expectError("imported step 2 from");
    tiny("train", five, "--run-dir", "a").expect(ExitCode.OK).expectError("resuming at step 2");
    tiny("train", five, "--run-dir", "b").expect(ExitCode.OK).expectError("resuming at step 2");
    for (String file : List.of("model", "ema", "optimizer")) {
      String name = "checkpoints/step-000005/" + file + ".safetensors";
      Path straight = folder.resolve("a").resolve(name);
      assertEquals(-1, Files.mismatch(straight, folder.resolve("b").resolve(name)), file);
    }
  }

  @Test
  void aTrainingFolderIsTakenWholeOrRefused() throws IOException {
    Experiment experiment = GoldenExperiments.resolvedTraining("train_uncond");
    Files.writeString(folder.resolve("exp.textproto"), ConfigPrinter.toText(experiment));
    String ckpt = Fixtures.folder("train_uncond").resolve("ckpt").toString();
    String[] command = {"import", "--config", "exp.textproto", "--checkpoint", ckpt};
    uvit(with(command, "--run-dir", "run", "--set", "train.adamw.beta2=0.9"))
        .expect(ExitCode.BAD_CONFIG)
        .expectError("train.adamw.beta2: contradicts 'betas'", "found 0.9, wanted 0.999");
    uvit(with(command, "--run-dir", "run", "--set", "model.embed_dim=64"))
        .expect(ExitCode.BAD_CHECKPOINT)
        .expectError("tensors do not fit the network");
    uvit(with(command, "--run-dir", "run", "--key", "ema"))
        .expect(ExitCode.USAGE)
        .expectError("--key: found with --checkpoint; wanted with --weights");
    uvit(with(command, "--run-dir", "run", "--resize-positions")).expect(ExitCode.USAGE);
    uvit(with(command, "--run-dir", "run", "--weights", "w.pth")).expect(ExitCode.USAGE);
    uvit("import", "--config", "exp.textproto", "--run-dir", "run")
        .expect(ExitCode.USAGE)
        .expectError("--weights or --checkpoint: missing, wanted one of them");
    uvit("import", "--config", "exp.textproto", "--checkpoint", ".", "--run-dir", "run")
        .expect(ExitCode.BAD_CHECKPOINT)
        .expectError("training folder: found no step.pth");
    assertFalse(Files.exists(folder.resolve("run/checkpoints/step-000020")));

    uvit(with(command, "--run-dir", "run", "--out", "model"))
        .expect(ExitCode.OK)
        .expectError("all 20 steps of train.steps are done already", "imported step 20 from");
    assertTrue(Files.exists(folder.resolve("model/saved_model.pb")));
    String[] export = {"export", "--run-dir", "run", "--format", "ckpt", "--out", "20.ckpt"};
    uvit(with(export, "--dtype", "float32"))
        .expect(ExitCode.USAGE)
        .expectError("--dtype: found with the format ckpt, which holds all state as it is");
    uvit(export).expect(ExitCode.OK);
    uvit(export).expect(ExitCode.USAGE).expectError("a new folder, or --overwrite");
    uvit(with(export, "--overwrite")).expect(ExitCode.OK);
    uvit("export", "--run-dir", "run", "--format", "ckpt", "--out", "run", "--overwrite")
        .expect(ExitCode.USAGE)
        .expectError("something that is no official training folder");
  }

  /** Four by four patches become eight by eight. */
  @Test
  void weightsOfAnotherGridFitOnDemand() throws IOException {
    Path weights = Fixtures.folder("train_uncond").resolve("ckpt/nnet.pth");
    String[] larger = largerExperiment();
    String[] command = with(command("import", larger), "--weights", weights.toString());
    String[] toRun = with(command, "--run-dir", "run");
    uvit(toRun)
        .expect(ExitCode.BAD_CHECKPOINT)
        .expectError(
            "pos_embed: found shape [1, 17, 32], wanted [1, 65, 32]", "--resize-positions");
    uvit(with(toRun, "--source-grid", "4x4"))
        .expect(ExitCode.USAGE)
        .expectError("--source-grid: found without --resize-positions");
    String[] resize = with(toRun, "--resize-positions");
    uvit(with(resize, "--source-grid", "4by4"))
        .expect(ExitCode.USAGE)
        .expectError("--source-grid: found '4by4', wanted HEIGHTxWIDTH in patches");
    uvit(with(resize, "--source-grid", "4x3"))
        .expect(ExitCode.BAD_CHECKPOINT)
        .expectError("wanted 13 tokens of the source grid 4x3 and 1 extra tokens");
    uvit(with(resize, "--out", "model"))
        .expect(ExitCode.OK)
        .expectError("with positions of 4x4 patches resized to 8x8");
    assertTrue(Files.exists(folder.resolve("model/saved_model.pb")));
    float[] old;
    float[] resized;
    try (TensorFile before = TensorFiles.open(weights);
        TensorFile after = TensorFiles.open(model("run", 0))) {
      old = before.floats("pos_embed");
      resized = after.floats("pos_embed");
      assertEquals(65 * 32, resized.length);
      // The extra token, and the corners, to which one patch is nearest by far.
      assertArrayEquals(Arrays.copyOf(old, 2 * 32), Arrays.copyOf(resized, 2 * 32));
      assertArrayEquals(
          Arrays.copyOfRange(old, 16 * 32, 17 * 32), Arrays.copyOfRange(resized, 64 * 32, 65 * 32));
      assertArrayEquals(before.floats("norm.weight"), after.floats("norm.weight"));
    }
    trainsFrom(weights, larger, resized);
  }

  /** {@code uvit train} takes the same weights; its first step has a learning rate of zero. */
  private void trainsFrom(Path weights, String[] larger, float[] positions) throws IOException {
    Path images = Files.createDirectory(folder.resolve("images"));
    for (int i = 0; i < 4; i++) {
      BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
      image.setRGB(i, 2 * i, 0xff8040);
      ImageIO.write(image, "png", images.resolve(i + ".png").toFile());
    }
    String[] train =
        with(
            command("train", larger),
            "--run-dir",
            "trained",
            "--set",
            "data.image_files.path=" + images,
            "--set",
            "train.steps=1",
            "--set",
            "train.preview_every=0");
    uvit(with(train, "--resize-positions"))
        .expect(ExitCode.USAGE)
        .expectError("--resize-positions: found without --init-weights; wanted with it");
    String[] initial = with(train, "--init-weights", weights.toString());
    uvit(initial).expect(ExitCode.BAD_CHECKPOINT).expectError("--resize-positions");
    uvit(with(initial, "--resize-positions"))
        .expect(ExitCode.OK)
        .expectError("with positions of 4x4 patches resized to 8x8");
    try (TensorFile after = TensorFiles.open(model("trained", 1))) {
      assertArrayEquals(positions, after.floats("pos_embed"));
    }
  }

  private Path model(String run, int step) {
    return folder.resolve(run).resolve("checkpoints/step-%06d/model.safetensors".formatted(step));
  }

  /** Options of the experiment of a fixture for images of twice the size. */
  private String[] largerExperiment() throws IOException {
    Path file = folder.resolve("exp.textproto");
    Experiment experiment = GoldenExperiments.resolvedTraining("train_uncond");
    Files.writeString(file, ConfigPrinter.toText(experiment));
    return new String[] {
      "--config", file.toString(), "--set", "model.image_height=16", "--set", "model.image_width=16"
    };
  }

  private static String[] command(String name, String... options) {
    return with(new String[] {name}, options);
  }

  private static String[] with(String[] command, String... more) {
    List<String> words = new ArrayList<>(Arrays.asList(command));
    words.addAll(Arrays.asList(more));
    return words.toArray(String[]::new);
  }
}
