package io.uvit.savedmodels.state;

import io.uvit.config.ConfigException;
import io.uvit.config.ConfigProblem;
import io.uvit.config.v1.Device;
import io.uvit.config.v1.Precision;
import io.uvit.config.v1.Runtime;
import java.util.List;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.RewriterConfig;
import org.tensorflow.types.TFloat32;

/** TensorFlow's session options for the runtime section of an experiment. */
public final class SessionConfigs {
  private SessionConfigs() {}

  /**
   * Threads and devices, for a graph that is built in the precision of {@code runtime} ({@link
   * io.uvit.graph.model.ComputeTypes}).
   *
   * @throws ConfigException for a GPU that TensorFlow cannot use: never a silent fall back to the
   *     CPU
   */
  public static ConfigProto of(Runtime runtime) {
    if (runtime.getDevice() == Device.GPU) {
      requireGpu(
          "runtime.device",
          "TensorFlow can use no GPU here",
          "GPU",
          "a build with the profile gpu and an NVIDIA driver with CUDA 12 and cuDNN 9, or CPU, or AUTO");
    }
    ConfigProto.Builder config =
        ConfigProto.newBuilder()
            .setIntraOpParallelismThreads(runtime.getIntraOpThreads())
            .setInterOpParallelismThreads(runtime.getInterOpThreads());
    if (runtime.getDevice() == Device.CPU) {
      config.putDeviceCount("GPU", 0);
    }
    return config.build();
  }

  /**
   * As {@link #of}, for a graph that was built in float32, such as an autoencoder: TensorFlow's
   * optimizer rewrites matrix products and convolutions, and what it finds safe between them;
   * variables, means, exponentials and softmax stay float32. It rewrites to bfloat16 only on
   * processors with AVX-512, and to float16 only on GPUs of capability 7.0 and newer; elsewhere the
   * graph is computed as it is.
   *
   * @throws ConfigException as {@link #of}
   */
  public static ConfigProto rewriting(Runtime runtime) {
    ConfigProto.Builder config = of(runtime).toBuilder();
    RewriterConfig.Builder rewriting = config.getGraphOptionsBuilder().getRewriteOptionsBuilder();
    if (runtime.getPrecision() == Precision.BFLOAT16) {
      rewriting.setAutoMixedPrecisionOnednnBfloat16(RewriterConfig.Toggle.ON);
    } else if (runtime.getPrecision() == Precision.FLOAT16) {
      rewriting.setAutoMixedPrecision(RewriterConfig.Toggle.ON);
    }
    return config.build();
  }

  /**
   * As {@link #rewriting}, for a network that is loaded as a SavedModel.
   *
   * @throws ConfigException as {@link #of}, or for FLOAT16 where there is no GPU
   */
  public static ConfigProto ofSavedModel(Runtime runtime) {
    if (runtime.getPrecision() == Precision.FLOAT16) {
      String wanted =
          "a GPU; or FLOAT32, BFLOAT16; or a run's weights, which are computed in it anywhere";
      String problem = "a SavedModel is computed in float16 on a GPU only";
      if (runtime.getDevice() == Device.CPU) {
        throw refusal("runtime.precision", problem, "FLOAT16 on a CPU", wanted, null);
      }
      requireGpu("runtime.precision", problem, "FLOAT16 without a GPU", wanted);
    }
    return rewriting(runtime);
  }

  /** Places one op on the first GPU; a refusal where that cannot be. */
  private static void requireGpu(String path, String problem, String found, String wanted) {
    DeviceSpec first =
        DeviceSpec.newBuilder().deviceType(DeviceSpec.DeviceType.GPU).deviceIndex(0).build();
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> sum = tf.withDevice(first).math.add(tf.constant(1f), tf.constant(1f));
      ConfigProto strict = ConfigProto.newBuilder().setAllowSoftPlacement(false).build();
      try (Session session = new Session(graph, strict)) {
        session.runner().fetch(sum).run().close();
      }
    } catch (TensorFlowException | IllegalArgumentException e) {
      throw refusal(path, problem, found, wanted, e);
    }
  }

  private static ConfigException refusal(
      String path, String problem, String found, String wanted, Throwable cause) {
    return new ConfigException(
        "runtime", List.of(new ConfigProblem(path, problem, found, wanted)), cause);
  }
}
