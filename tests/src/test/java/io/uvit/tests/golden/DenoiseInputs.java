package io.uvit.tests.golden;

import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.NpzWriter;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import io.uvit.savedmodels.weights.TensorWriter;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A fixture's forward pass as arguments of the {@code denoise} signature. */
public final class DenoiseInputs {
  private DenoiseInputs() {}

  /** Writes the fixture's inputs as an .npz file; labels stay int64, as numpy has them. */
  public static void write(String fixture, Path file) {
    try (TensorFile data = Fixtures.tensors(fixture, "data.npz")) {
      List<Long> nchw = data.shape("x");
      List<TensorEntry> entries = new ArrayList<>();
      entries.add(
          new TensorEntry(
              "x", DataType.F32, List.of(nchw.get(0), nchw.get(2), nchw.get(3), nchw.get(1))));
      entries.add(new TensorEntry("t", DataType.F32, data.shape("timesteps")));
      if (data.entries().containsKey("y")) {
        entries.add(new TensorEntry("label", DataType.I64, data.shape("y")));
      }
      if (data.entries().containsKey("context")) {
        entries.add(new TensorEntry("context", DataType.F32, data.shape("context")));
      }
      try (TensorWriter writer = NpzWriter.create(file, entries)) {
        writer.write("x", FloatBuffer.wrap(nhwc(data, "x")));
        writer.write("t", FloatBuffer.wrap(data.floats("timesteps")));
        if (data.entries().containsKey("y")) {
          writer.write("label", data.bytes("y"));
        }
        if (data.entries().containsKey("context")) {
          writer.write("context", FloatBuffer.wrap(data.floats("context")));
        }
      }
    }
  }

  /** What the official code predicts, [B, H, W, C]. */
  public static float[] wanted(String fixture) {
    try (TensorFile data = Fixtures.tensors(fixture, "data.npz")) {
      // The official fused attention ignores qk_scale; the plain one has it, as ours does.
      return nhwc(data, Fixtures.json(fixture, "config.json").has("qk_scale") ? "out_math" : "out");
    }
  }

  /** The prediction in a file that the signature's outputs were written to. */
  public static float[] prediction(Path outputs) {
    try (TensorFile file = TensorFiles.open(outputs)) {
      return file.floats("prediction");
    }
  }

  private static float[] nhwc(TensorFile data, String name) {
    List<Long> s = data.shape(name);
    return Layout.toNhwc(
        data.floats(name),
        s.get(0).intValue(),
        s.get(1).intValue(),
        s.get(2).intValue(),
        s.get(3).intValue());
  }
}
