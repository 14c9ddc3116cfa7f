package io.uvit.savedmodels.state;

import io.uvit.config.v1.Runtime;
import io.uvit.ops.scope.GraphScope;
import java.util.Optional;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;

/** Whether TensorFlow places an op on the first GPU. */
final class GpuProbe {
  private GpuProbe() {}

  /**
   * Runs an addition there. The session may be the first of the process, whose GPU options hold for
   * all: it has those of {@code runtime}.
   *
   * @return why not; empty if it does
   */
  static Optional<Exception> failure(Runtime runtime) {
    DeviceSpec first =
        DeviceSpec.newBuilder().deviceType(DeviceSpec.DeviceType.GPU).deviceIndex(0).build();
    try (Graph graph = new Graph()) {
      Ops tf = GraphScope.ops(graph);
      Operand<TFloat32> sum = tf.withDevice(first).math.add(tf.constant(1f), tf.constant(1f));
      try (Session session = new Session(graph, options(runtime))) {
        session.runner().fetch(sum).run().close();
      }
      return Optional.empty();
    } catch (TensorFlowException | IllegalArgumentException e) {
      return Optional.of(e);
    }
  }

  /** Of the probe's session. */
  static ConfigProto options(Runtime runtime) {
    ConfigProto.Builder strict = ConfigProto.newBuilder().setAllowSoftPlacement(false);
    if (runtime.getGpuMemoryGrowth()) {
      strict.getGpuOptionsBuilder().setAllowGrowth(true);
    }
    return strict.build();
  }
}
