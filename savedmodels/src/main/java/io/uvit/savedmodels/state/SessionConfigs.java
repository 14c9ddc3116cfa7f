package io.uvit.savedmodels.state;

import io.uvit.config.v1.Device;
import io.uvit.config.v1.Precision;
import io.uvit.config.v1.Runtime;
import org.tensorflow.proto.ConfigProto;

/** TensorFlow's session options for the runtime section of an experiment. */
public final class SessionConfigs {
  private SessionConfigs() {}

  /**
   * Threads and devices.
   *
   * @throws IllegalArgumentException for a precision that no graph is built in yet
   */
  public static ConfigProto of(Runtime runtime) {
    if (runtime.getPrecision() == Precision.BFLOAT16
        || runtime.getPrecision() == Precision.FLOAT16) {
      throw new IllegalArgumentException(
          "runtime.precision: found "
              + runtime.getPrecision()
              + ", but this version computes in FLOAT32 only");
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
}
