package io.uvit.tests.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.uvit.config.v1.Experiment;
import io.uvit.runner.cli.ExitCode;
import io.uvit.runner.data.Batch;
import io.uvit.runner.data.BatchOptions;
import io.uvit.runner.data.BatchSource;
import io.uvit.runner.data.Dataset;
import io.uvit.runner.data.Datasets;
import io.uvit.runner.train.TrainingCheckpoint;
import io.uvit.savedmodels.checkpoint.Checkpoint;
import io.uvit.savedmodels.state.VariableState;
import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.NpzWriter;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import io.uvit.savedmodels.weights.TensorWriter;
import io.uvit.tests.cli.CliResult;
import io.uvit.tests.cli.InProcess;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TUint8;

/** {@code uvit export --training} hands a run over in the middle; what follows is the same run. */
class TrainingExportTest {
  private static final int FROM = 10;
  private static final int TO = 20;

  @TempDir static Path folder;

  @BeforeAll
  static void run() throws Exception {
    TinyRun.run(TinyRun.experiment(), folder.resolve("run"), TO);
  }

  @Test
  void goesOnFromACheckpoint() throws Exception {
    CliResult exported =
        uvit("--training", "--checkpoint", "run/checkpoints/step-000010", "--out", "program")
            .expect(ExitCode.OK)
            .expectError("training program of tiny at step 10");
    assertEquals(folder.resolve("program").toString(), exported.out().strip());
    Checkpoint wanted = Checkpoint.open(folder.resolve("run/checkpoints/step-000020"));
    Experiment experiment = TrainingCheckpoint.experiment(wanted);
    int batchSize = experiment.getTrain().getBatchSize();
    try (SavedModelBundle bundle =
            SavedModelBundle.load(folder.resolve("program").toString(), "train");
        Dataset digits = Datasets.open(experiment.getData(), experiment.getModel());
        BatchSource batches =
            BatchSource.start(
                digits,
                BatchOptions.of(experiment.getData(), experiment.getSeed(), batchSize, FROM))) {
      for (int step = FROM; step < TO; step++) {
        step(bundle, batches.next(), Shape.of(batchSize, 28, 28, 1));
      }
      assertSame(bundle, "", wanted.file(TrainingCheckpoint.MODEL), "");
      assertSame(bundle, "ema.", wanted.file(TrainingCheckpoint.EMA), "");
      assertSame(bundle, "adam_m.", wanted.file(TrainingCheckpoint.OPTIMIZER), "exp_avg.");
      assertSame(bundle, "adam_v.", wanted.file(TrainingCheckpoint.OPTIMIZER), "exp_avg_sq.");
    }
  }

  @Test
  void denoisesAsTheExportedNetworkDoes() throws Exception {
    Files.createDirectories(folder.resolve("denoise"));
    List<TensorEntry> entries =
        List.of(
            new TensorEntry("x", DataType.F32, List.of(3L, 28L, 28L, 1L)),
            new TensorEntry("t", DataType.F32, List.of(3L)),
            new TensorEntry("label", DataType.F32, List.of(3L)));
    try (TensorWriter writer = NpzWriter.create(folder.resolve("denoise/in.npz"), entries)) {
      Random random = new Random(1);
      FloatBuffer x = FloatBuffer.allocate(3 * 28 * 28);
      while (x.hasRemaining()) {
        x.put((float) random.nextGaussian());
      }
      writer.write("x", x.flip());
      writer.write("t", FloatBuffer.wrap(new float[] {1, 500, 999}));
      writer.write("label", FloatBuffer.wrap(new float[] {0, 7, 10}));
    }
    uvit("--training", "--run-dir", "run", "--out", "denoise/program").expect(ExitCode.OK);
    uvit("--run-dir", "run", "--out", "denoise/network").expect(ExitCode.OK);
    List<float[]> predictions = new ArrayList<>();
    for (String model : List.of("program", "network")) {
      String out = "denoise/" + model + ".npz";
      String[] run = {
        "run",
        "--model",
        "denoise/" + model,
        "--signature",
        "denoise",
        "--inputs",
        "denoise/in.npz",
        "--outputs",
        out
      };
      InProcess.run(folder, run).expect(ExitCode.OK);
      try (TensorFile file = TensorFiles.open(folder.resolve(out))) {
        predictions.add(file.floats("prediction"));
      }
    }
    assertArrayEquals(predictions.get(0), predictions.get(1), 0);
  }

  @Test
  void refusesWhatItCannotDo() throws Exception {
    uvit("--training", "--run-dir", "run", "--config", "quickstart", "--out", "x")
        .expect(ExitCode.USAGE)
        .expectError("--run-dir: found with --config");
    uvit("--training", "--run-dir", "run", "--set", "train.batch_size=4", "--out", "x")
        .expect(ExitCode.USAGE)
        .expectError("--set: found without --config");
    uvit("--run-dir", "run", "--config", "quickstart", "--out", "x")
        .expect(ExitCode.USAGE)
        .expectError("--config: found without --training");
    uvit("--training", "--run-dir", "run", "--weights", "ema", "--out", "x")
        .expect(ExitCode.USAGE)
        .expectError("--weights: found with --training");
    uvit("--training", "--out", "x")
        .expect(ExitCode.USAGE)
        .expectError("--run-dir", "--checkpoint", "--config");
    uvit("--training", "--config", "quickstart", "--set", "model.depth=0", "--out", "x")
        .expect(ExitCode.BAD_CONFIG)
        .expectError("model.depth");
    assertFalse(Files.exists(folder.resolve("x")));
    Files.createDirectories(folder.resolve("mine"));
    Files.writeString(folder.resolve("mine/letter.txt"), "precious");
    uvit("--training", "--run-dir", "run", "--out", "mine", "--overwrite").expect(ExitCode.USAGE);
    uvit("--training", "--run-dir", "run", "--out", "twice").expect(ExitCode.OK);
    uvit("--training", "--run-dir", "run", "--out", "twice")
        .expect(ExitCode.USAGE)
        .expectError("--overwrite");
    uvit("--training", "--run-dir", "run", "--out", "twice", "--overwrite").expect(ExitCode.OK);
  }

  private static CliResult uvit(String... arguments) {
    List<String> words = new ArrayList<>(List.of("export"));
    words.addAll(List.of(arguments));
    return InProcess.run(folder, words.toArray(String[]::new));
  }

  static void step(SavedModelBundle bundle, Batch batch, Shape shape) {
    SignatureDef signature = bundle.metaGraphDef().getSignatureDefOrThrow("train_step");
    byte[] pixels = new byte[batch.images().remaining()];
    batch.images().get(pixels);
    try (TUint8 images = TUint8.tensorOf(shape, DataBuffers.of(pixels, true, false));
        TInt32 labels = TInt32.vectorOf(batch.labels())) {
      Session.Runner runner = bundle.session().runner();
      runner
          .feed(signature.getInputsOrThrow("images").getName(), images)
          .feed(signature.getInputsOrThrow("label").getName(), labels)
          .fetch(signature.getOutputsOrThrow("loss").getName())
          .run()
          .close();
    }
  }

  /** Every tensor of a checkpoint's file is the variable's value, bit by bit. */
  static void assertSame(SavedModelBundle bundle, String prefix, Path file, String filePrefix) {
    try (TensorFile all = TensorFiles.open(file)) {
      TensorFile wanted = filePrefix.isEmpty() ? all : all.under(filePrefix);
      for (String name : wanted.entries().keySet()) {
        try (Result result = bundle.session().runner().fetch(prefix + name + ".read").run()) {
          assertArrayEquals(
              wanted.floats(name),
              VariableState.floats((TFloat32) result.get(0)),
              0,
              prefix + name);
        }
      }
    }
  }
}
