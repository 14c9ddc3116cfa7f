package io.uvit.savedmodels.export;

import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.savedmodels.state.StateDict;
import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorWriter;
import io.uvit.savedmodels.weights.WeightFileException;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Writes a network's weights, under the official names and in their order, to one file. */
public final class WeightFileWriter {
  /** The least magnitude that rounds to infinity in binary16. */
  private static final float HALF_OVERFLOW = 65520f;

  private WeightFileWriter() {}

  /**
   * Writes a file, whole or not at all; narrower types are rounded to nearest, ties to even.
   *
   * @param overwrite whether an existing file is replaced
   * @param type F32, F16 or BF16, which the format must have
   * @param parameters of the network
   * @param weights their values, each name exactly once
   * @param metadata for safetensors
   * @throws TargetExistsException if the target exists and is not to be replaced
   * @throws io.uvit.savedmodels.state.StateDictException if the weights do not fit the parameters
   * @throws WeightFileException if a value overflows the type, or the file cannot be written
   */
  public static void write(
      Path target,
      boolean overwrite,
      WeightFormat format,
      DataType type,
      List<ParameterSpec> parameters,
      TensorFile weights,
      Map<String, String> metadata)
      throws IOException {
    checkTarget(target, overwrite);
    Map<String, String> names = StateDict.match(parameters, weights);
    List<TensorEntry> entries =
        parameters.stream()
            .map(
                spec ->
                    new TensorEntry(
                        spec.name(), type, Arrays.stream(spec.shape().asArray()).boxed().toList()))
            .toList();
    Files.createDirectories(target.toAbsolutePath().getParent());
    try (TensorWriter writer = format.create(target, entries, metadata)) {
      for (ParameterSpec spec : parameters) {
        float[] values = weights.floats(names.get(spec.name()));
        if (type == DataType.F16) {
          refuseOverflow(target, spec, values);
        }
        writer.write(spec.name(), FloatBuffer.wrap(values));
      }
    }
  }

  /** Refuses a target that this writer would not replace; cheap, so callers may ask early. */
  public static void checkTarget(Path target, boolean overwrite) throws IOException {
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!overwrite || !Files.isRegularFile(target)) {
      String wanted = overwrite ? "a file" : "a new file, or --overwrite";
      String found = Files.isRegularFile(target) ? "a file" : "something that is no file";
      throw new TargetExistsException(target, found, wanted);
    }
  }

  private static void refuseOverflow(Path target, ParameterSpec spec, float[] values) {
    for (float value : values) {
      if (Math.abs(value) >= HALF_OVERFLOW && Float.isFinite(value)) {
        throw new WeightFileException(
            target,
            "tensor '" + spec.name() + "'",
            "the value " + value,
            "values within the range of float16 (65504), or another type");
      }
    }
  }
}
