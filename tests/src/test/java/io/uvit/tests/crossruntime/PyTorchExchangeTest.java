package io.uvit.tests.crossruntime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.uvit.config.ConfigPrinter;
import io.uvit.config.v1.AdamW;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Model;
import io.uvit.ops.parameters.Variables;
import io.uvit.runner.cli.Console;
import io.uvit.runner.cli.Main;
import io.uvit.runner.train.MetricsWindow;
import io.uvit.runner.train.TrainingCheckpoint;
import io.uvit.runner.train.TrainingSession;
import io.uvit.savedmodels.checkpoint.Checkpoint;
import io.uvit.savedmodels.checkpoint.CheckpointStore;
import io.uvit.savedmodels.signature.SignatureRunner;
import io.uvit.savedmodels.state.VariableState;
import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.NpzWriter;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import io.uvit.savedmodels.weights.TensorWriter;
import io.uvit.tests.golden.Distances;
import io.uvit.tests.golden.Fixtures;
import io.uvit.tests.golden.GoldenExperiments;
import io.uvit.tests.golden.GoldenSteps;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * PyTorch, with a network class that knows nothing of ours, loads what is exported and trains on
 * from it; and what it saves is imported and trained on here. From the same state both sides take
 * the same steps.
 */
class PyTorchExchangeTest {
  private static final String TRAINED = "train_uncond";
  private static final String CONDITIONAL = "train_cond_clip";
  private static final double RELATIVE = 1e-4;

  @TempDir Path temp;
  private Path bench;

  @BeforeEach
  void findNetwork() {
    bench = Fixtures.shared().resolve("bench").resolve("torch_uvit.py");
    assumeTrue(Files.isRegularFile(bench), () -> "skipped: no network class at " + bench);
  }

  @Test
  void exportedWeightsPredictTheSame() throws Exception {
    Experiment experiment = GoldenExperiments.resolvedTraining(CONDITIONAL);
    String folder = Fixtures.folder(CONDITIONAL).resolve("ckpt").toString();
    writeConfig(experiment);
    uvit(
        "import",
        "--config",
        "exp.textproto",
        "--checkpoint",
        folder,
        "--run-dir",
        "run",
        "--out",
        "model");
    uvit("export", "--run-dir", "run", "--format", "pth", "--out", "ema.pth");
    uvit("export", "--run-dir", "run", "--format", "safetensors", "--out", "ema.safetensors");
    uvit("export", "--run-dir", "run", "--format", "ckpt", "--out", "20.ckpt");
    uvit("export", "--run-dir", "run", "--format", "pth", "--weights", "model", "--out", "m.pth");
    Path inputs = inputs(experiment.getModel());
    Path outputs = temp.resolve("torch.npz");
    Python.runTorch(
        temp,
        Python.resource("torch_exchange.py"),
        "load",
        bench.toString(),
        network(experiment.getModel()),
        inputs.toString(),
        outputs.toString(),
        "ema.pth",
        "ema.safetensors",
        "20.ckpt/nnet_ema.pth",
        "m.pth",
        "20.ckpt/nnet.pth");
    Path ours = temp.resolve("ours.npz");
    try (SignatureRunner runner = SignatureRunner.open(temp.resolve("model"));
        TensorFile arrays = TensorFiles.open(inputs)) {
      runner.run("denoise", arrays, ours);
    }
    try (TensorFile found = TensorFiles.open(outputs);
        TensorFile wanted = TensorFiles.open(ours)) {
      float[] prediction = wanted.floats("prediction");
      assertArrayEquals(prediction, found.floats("prediction/0"), 1e-4f);
      assertArrayEquals(found.floats("prediction/0"), found.floats("prediction/1"));
      assertArrayEquals(found.floats("prediction/0"), found.floats("prediction/2"));
      assertArrayEquals(found.floats("prediction/3"), found.floats("prediction/4"));
      double largest = 0;
      for (int i = 0; i < prediction.length; i++) {
        largest = Math.max(largest, Math.abs(prediction[i] - found.floats("prediction/3")[i]));
      }
      assertTrue(largest > 1e-3, "averaged and plain weights predict the same: " + largest);
    }
  }

  /** Ours trains 20 steps, PyTorch four more; the same four here. */
  @Test
  void pyTorchGoesOnFromOurTraining() throws Exception {
    Experiment experiment = GoldenExperiments.resolvedTraining(TRAINED);
    writeConfig(experiment);
    try (TrainingSession session = new TrainingSession(experiment);
        TensorFile init = Fixtures.tensors(TRAINED, "init.pth")) {
      session.initialize();
      VariableState.load(session.session(), session.graph().parameters(), init);
      VariableState.load(session.session(), session.graph().ema(), init);
      for (int step = 0; step < GoldenSteps.STEPS; step++) {
        GoldenSteps.run(TRAINED, session, step);
      }
      Path checkpoint =
          CheckpointStore.builder(temp.resolve("ours"))
              .build()
              .commit(
                  GoldenSteps.STEPS,
                  to ->
                      TrainingCheckpoint.write(
                          to,
                          experiment,
                          session,
                          new MetricsWindow(),
                          Map.of("dataset_digest", "any", "images", "80")));
      uvit("export", "--checkpoint", checkpoint.toString(), "--format", "ckpt", "--out", "20.ckpt");
      String report = train(experiment, temp.resolve("20.ckpt"), 3);
      assertEquals("step 20 updates 20 rate 0.002\nstep 24 updates 24 rate 0.002\n", report);
      try (TensorFile torch = TensorFiles.open(temp.resolve("out.npz"))) {
        for (int step = 0; step < 4; step++) {
          double loss = torch.doubles("losses")[step];
          assertEquals(loss, GoldenSteps.run(TRAINED, session, step), RELATIVE * loss);
        }
        assertClose(session, torch, "end/");
      }
    }
  }

  /** PyTorch trains four steps, within the warm-up; both take the fifth. */
  @Test
  void ourTrainingGoesOnFromPyTorchs() throws Exception {
    Experiment experiment = GoldenExperiments.resolvedTraining(TRAINED);
    writeConfig(experiment);
    Path init = Fixtures.folder(TRAINED).resolve("init.pth");
    String report = train(experiment, init, 4);
    assertEquals("step 0 updates rate 0.0\nstep 5 updates 5 rate 0.001\n", report);
    uvit("import", "--config", "exp.textproto", "--checkpoint", "saved.ckpt", "--run-dir", "run");
    Checkpoint checkpoint = CheckpointStore.builder(temp.resolve("run")).build().latest().get();
    assertEquals(4, checkpoint.step());
    try (TrainingSession session = new TrainingSession(experiment);
        TensorFile torch = TensorFiles.open(temp.resolve("out.npz"))) {
      TrainingCheckpoint.read(checkpoint, session, new MetricsWindow());
      sets(session)
          .forEach(
              (name, set) ->
                  VariableState.forEach(
                      session.session(),
                      set,
                      (spec, found) ->
                          assertArrayEquals(
                              torch.floats("saved/" + name + "/" + spec.name()),
                              found,
                              name + " " + spec.name())));
      double loss = torch.doubles("losses")[4];
      assertEquals(loss, GoldenSteps.run(TRAINED, session, 4), RELATIVE * loss);
      assertClose(session, torch, "end/");
    }
  }

  private static Map<String, Variables> sets(TrainingSession session) {
    return Map.of(
        "nnet", session.graph().parameters(),
        "nnet_ema", session.graph().ema(),
        "exp_avg", session.graph().firstMoments(),
        "exp_avg_sq", session.graph().secondMoments());
  }

  /** Each tensor within a relative L2 distance of 1e-4. */
  private static void assertClose(TrainingSession session, TensorFile torch, String prefix) {
    sets(session)
        .forEach(
            (name, set) ->
                VariableState.forEach(
                    session.session(),
                    set,
                    (spec, found) -> {
                      double[] wanted = torch.doubles(prefix + name + "/" + spec.name());
                      double relative = Distances.relative(wanted, found);
                      assertTrue(relative <= RELATIVE, name + " " + spec.name() + ": " + relative);
                    }));
  }

  /** Trains in PyTorch; saves {@code saved.ckpt} and {@code out.npz}; what it says. */
  private String train(Experiment experiment, Path start, int steps)
      throws IOException, InterruptedException {
    AdamW adamw = experiment.getTrain().getAdamw();
    return Python.runTorch(
        temp,
        Python.resource("torch_exchange.py"),
        "train",
        bench.toString(),
        network(experiment.getModel()),
        "lr=%s beta1=%s beta2=%s weight_decay=%s warmup=%d ema=%s"
            .formatted(
                adamw.getLearningRate(),
                adamw.getBeta1(),
                adamw.getBeta2(),
                adamw.getWeightDecay(),
                experiment.getTrain().getWarmupSteps(),
                experiment.getTrain().getEmaDecay()),
        Fixtures.folder(TRAINED).resolve("data.npz").toString(),
        start.toString(),
        Integer.toString(steps),
        "saved.ckpt",
        "out.npz");
  }

  /** The arguments of the network class. */
  private static String network(Model model) {
    String text =
        "image=%d channels=%d patch=%d dim=%d depth=%d heads=%d time_mlp=%d"
            .formatted(
                model.getImageHeight(),
                model.getChannels(),
                model.getPatchSize(),
                model.getEmbedDim(),
                model.getDepth(),
                model.getNumHeads(),
                model.getMlpTimeEmbed() ? 1 : 0);
    return model.hasClassConditional()
        ? text + " classes=" + model.getClassConditional().getNumClasses()
        : text;
  }

  /** Three images, times and labels for {@code denoise}. */
  private Path inputs(Model model) {
    long count = 3;
    long height = model.getImageHeight();
    long width = model.getImageWidth();
    long channels = model.getChannels();
    float[] x = new float[Math.toIntExact(count * height * width * channels)];
    Random random = new Random(5);
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    Path file = temp.resolve("in.npz");
    List<TensorEntry> entries =
        List.of(
            new TensorEntry("x", DataType.F32, List.of(count, height, width, channels)),
            new TensorEntry("t", DataType.F32, List.of(count)),
            new TensorEntry("label", DataType.F32, List.of(count)));
    try (TensorWriter writer = NpzWriter.create(file, entries)) {
      writer.write("x", FloatBuffer.wrap(x));
      writer.write("t", FloatBuffer.wrap(new float[] {1, 421, 999}));
      writer.write("label", FloatBuffer.wrap(new float[] {0, 3, 5}));
    }
    return file;
  }

  private void writeConfig(Experiment experiment) throws IOException {
    Files.writeString(temp.resolve("exp.textproto"), ConfigPrinter.toText(experiment));
  }

  private void uvit(String... arguments) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    int code = Main.run(arguments, new Console(stream, stream, temp, false)).code();
    assertEquals(0, code, () -> err.toString(StandardCharsets.UTF_8));
  }
}
