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
   * Threads, devices and the precision of matrix products. BFLOAT16 has TensorFlow's optimizer
   * compute matrix products, and what it finds safe between them, in bfloat16; variables, and with
   * them weights, moments and averages, stay float32, and so do means, exponentials, softmax and
   * the loss.
   *
   * @throws ConfigException for FLOAT16, which is not built yet, or for a GPU that TensorFlow
   *     cannot use: never a silent fall back to the CPU
   */
  public static ConfigProto of(Runtime runtime) {
    if (runtime.getPrecision() == Precision.FLOAT16) {
      throw refusal(
          "runtime.precision", "is not built yet", "FLOAT16", "FLOAT32 or BFLOAT16", null);
    }
    if (runtime.getDevice() == Device.GPU) {
      requireGpu();
    }
    ConfigProto.Builder config =
        ConfigProto.newBuilder()
            .setIntraOpParallelismThreads(runtime.getIntraOpThreads())
            .setInterOpParallelismThreads(runtime.getInterOpThreads());
    if (runtime.getPrecision() == Precision.BFLOAT16) {
      config
          .getGraphOptionsBuilder()
          .getRewriteOptionsBuilder()
          .setAutoMixedPrecisionOnednnBfloat16(RewriterConfig.Toggle.ON);
    }
    if (runtime.getDevice() == Device.CPU) {
      config.putDeviceCount("GPU", 0);
    }
    return config.build();
  }

  /** Places one op on the first GPU. */
  private static void requireGpu() {
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
      throw refusal(
          "runtime.device",
          "TensorFlow can use no GPU here",
          "GPU",
          "a build with the profile gpu and an NVIDIA driver with CUDA 12 and cuDNN 9, or CPU, or AUTO",
          e);
    }
  }

  private static ConfigException refusal(
      String path, String problem, String found, String wanted, Throwable cause) {
    return new ConfigException(
        "runtime", List.of(new ConfigProblem(path, problem, found, wanted)), cause);
  }
}
