package io.uvit.savedmodels.predict;

import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Experiment;
import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.UViTConfig;
import io.uvit.savedmodels.state.VariableState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** The {@code denoise} signature of an exported SavedModel. */
public final class SavedModelNetwork implements Network, AutoCloseable {
  private static final String EXPERIMENT = "assets.extra/experiment.textproto";
  private static final String SIGNATURE = "denoise";

  private final SavedModelBundle bundle;
  private final Experiment experiment;
  private final UViTConfig config;

  private SavedModelNetwork(SavedModelBundle bundle, Experiment experiment) {
    this.bundle = bundle;
    this.experiment = experiment;
    this.config = UViTConfig.of(experiment.getModel());
  }

  /**
   * Loads a SavedModel written by {@code uvit export}.
   *
   * @throws IOException if the folder has no experiment in its extra assets, that is, was not
   *     written by this program
   */
  public static SavedModelNetwork open(Path folder) throws IOException {
    Path file = folder.resolve(EXPERIMENT);
    if (!Files.isRegularFile(file)) {
      throw new IOException(
          folder + ": found no " + EXPERIMENT + ", wanted a SavedModel written by uvit export");
    }
    Experiment experiment = ConfigLoader.load(file);
    return new SavedModelNetwork(SavedModelBundle.load(folder.toString(), "serve"), experiment);
  }

  /** The experiment the model was exported with. */
  public Experiment experiment() {
    return experiment;
  }

  @Override
  public float[] predict(float[] x, float networkTime, Condition condition) {
    int batch = x.length / (config.imageHeight() * config.imageWidth() * config.channels());
    float[] times = new float[batch];
    Arrays.fill(times, networkTime);
    Shape shape = Shape.of(batch, config.imageHeight(), config.imageWidth(), config.channels());
    Map<String, Tensor> inputs = new HashMap<>();
    try {
      inputs.put("x", TFloat32.tensorOf(shape, DataBuffers.of(x, true, false)));
      inputs.put("t", TFloat32.vectorOf(times));
      if (condition instanceof Condition.Labels labels) {
        inputs.put("label", TInt32.vectorOf(labels.labels()));
      } else if (condition instanceof Condition.Contexts contexts) {
        Conditioning.Text text = (Conditioning.Text) config.conditioning();
        Shape contextShape = Shape.of(batch, text.numTokens(), text.contextDim());
        inputs.put(
            "context",
            TFloat32.tensorOf(contextShape, DataBuffers.of(contexts.values(), true, false)));
      }
      try (Result result = bundle.function(SIGNATURE).call(inputs)) {
        return VariableState.floats((TFloat32) result.get("prediction").orElseThrow());
      }
    } finally {
      inputs.values().forEach(Tensor::close);
    }
  }

  @Override
  public void close() {
    bundle.close();
  }
}
