package io.uvit.savedmodels.state;

import io.uvit.config.ConfigException;
import io.uvit.config.ConfigProblem;
import io.uvit.config.v1.Device;
import io.uvit.config.v1.Precision;
import io.uvit.config.v1.Runtime;
import io.uvit.savedmodels.natives.XlaParts;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.OptimizerOptions.GlobalJitLevel;
import org.tensorflow.proto.RewriterConfig;
import org.tensorflow.proto.RunOptions;

/** TensorFlow's session options for the runtime section of an experiment. */
public final class SessionConfigs {
  private static final String GPU =
      "a build with the profile gpu and an NVIDIA driver with CUDA 12 and cuDNN 9";

  /** The pool of threads of a run that has no other in its options. */
  private static final int MAIN_POOL = 0;

  /** The second pool of threads of a session {@link #withSidePool}. */
  private static final int SIDE_POOL = 1;

  private SessionConfigs() {}

  /**
   * Threads, devices, memory and compiler, for a graph that is built in the precision of {@code
   * runtime} ({@link io.uvit.graph.model.ComputeTypes}).
   *
   * @throws ConfigException for a GPU that TensorFlow cannot use: never a silent fall back to the
   *     CPU; or for XLA where it lacks what it needs
   */
  public static ConfigProto of(Runtime runtime) {
    ConfigProto.Builder config = inTwoPasses(runtime);
    // A second pass of the graph optimizer changes nothing of these graphs and takes seconds.
    rewriter(config).setMetaOptimizerIterations(RewriterConfig.NumIterationsType.ONE);
    return config.build();
  }

  /** As {@link #of}, with as many passes of TensorFlow's graph optimizer as it makes by default. */
  private static ConfigProto.Builder inTwoPasses(Runtime runtime) {
    if (runtime.getDevice() == Device.GPU) {
      requireGpu(
          runtime,
          "runtime.device",
          "TensorFlow can use no GPU here",
          "GPU",
          GPU + ", or CPU, or AUTO");
    }
    ConfigProto.Builder config =
        ConfigProto.newBuilder()
            .setIntraOpParallelismThreads(runtime.getIntraOpThreads())
            .setInterOpParallelismThreads(runtime.getInterOpThreads());
    if (runtime.getDevice() == Device.CPU) {
      config.putDeviceCount("GPU", 0);
    }
    if (runtime.getGpuMemoryGrowth()) {
      config.getGpuOptionsBuilder().setAllowGrowth(true);
    }
    if (runtime.getXla()) {
      requireXla(isOnGpu(runtime), XlaParts.ofThisProcess());
      config
          .getGraphOptionsBuilder()
          .getOptimizerOptionsBuilder()
          .setGlobalJitLevel(GlobalJitLevel.ON_2);
    }
    return config;
  }

  /**
   * As {@link #of}, for a session in which one thread makes long runs beside those of another: they
   * have threads between ops of their own ({@link #besideOthers}). From one pool a long run would
   * not give way: a thread goes on with the ops of a run for as long as one follows from the last.
   * Threads inside an op are shared.
   *
   * @throws ConfigException as {@link #of}
   */
  public static ConfigProto withSidePool(Runtime runtime) {
    ConfigProto.Builder config = of(runtime).toBuilder();
    for (int pool = MAIN_POOL; pool <= SIDE_POOL; pool++) {
      config.addSessionInterOpThreadPoolBuilder().setNumThreads(runtime.getInterOpThreads());
    }
    return config.build();
  }

  /** For a run beside others of a session {@link #withSidePool}. */
  public static RunOptions besideOthers() {
    return RunOptions.newBuilder().setInterOpThreadPool(SIDE_POOL).build();
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
    ConfigProto.Builder config = inTwoPasses(runtime);
    if (runtime.getPrecision() == Precision.BFLOAT16) {
      rewriter(config).setAutoMixedPrecisionOnednnBfloat16(RewriterConfig.Toggle.ON);
    } else if (runtime.getPrecision() == Precision.FLOAT16) {
      rewriter(config).setAutoMixedPrecision(RewriterConfig.Toggle.ON);
    }
    return config.build();
  }

  private static RewriterConfig.Builder rewriter(ConfigProto.Builder config) {
    return config.getGraphOptionsBuilder().getRewriteOptionsBuilder();
  }

  /**
   * As {@link #rewriting}, for a network that is loaded as a SavedModel.
   *
   * @throws ConfigException as {@link #of}, or for FLOAT16 where there is no GPU
   */
  public static ConfigProto ofSavedModel(Runtime runtime) {
    if (runtime.getPrecision() == Precision.FLOAT16) {
      String problem = "a SavedModel is computed in float16 on a GPU only";
      String wanted = GPU + ", or FLOAT32, or BFLOAT16";
      if (runtime.getDevice() == Device.CPU) {
        throw refusal("runtime.precision", problem, "FLOAT16 on a CPU", wanted, Optional.empty());
      }
      requireGpu(runtime, "runtime.precision", problem, "FLOAT16 without a GPU", wanted);
    }
    return rewriting(runtime);
  }

  private static boolean isOnGpu(Runtime runtime) {
    return runtime.getDevice() == Device.GPU
        || (runtime.getDevice() != Device.CPU && GpuProbe.failure(runtime).isEmpty());
  }

  private static void requireGpu(
      Runtime runtime, String path, String problem, String found, String wanted) {
    Optional<Exception> failure = GpuProbe.failure(runtime);
    if (failure.isPresent()) {
      throw refusal(path, problem, found, wanted, failure);
    }
  }

  /**
   * Refuses XLA where it would do nothing or end the process.
   *
   * @throws ConfigException naming what is missing
   */
  static void requireXla(boolean onGpu, XlaParts parts) {
    if (!onGpu && !parts.onCpu()) {
      throw refusal(
          "runtime.xla",
          "XLA compiles nothing for the CPU in this process",
          "no --" + XlaParts.CPU_FLAG + " in the environment variable " + XlaParts.TF_FLAGS,
          "a process started with it, as the launcher uvit does; or runtime.xla: false",
          Optional.empty());
    }
    if (onGpu && (parts.ptxas().isEmpty() || parts.libdevice().isEmpty())) {
      throw refusal(
          "runtime.xla",
          "XLA compiles for a GPU with parts of a CUDA toolkit",
          "ptxas: %s, libdevice.10.bc: %s"
              .formatted(described(parts.ptxas()), described(parts.libdevice())),
          "a CUDA toolkit 12.3 or newer in /usr/local/cuda, or its folder in %s=--%s=DIR; or runtime.xla: false"
              .formatted(XlaParts.FLAGS, XlaParts.TOOLKIT_FLAG),
          Optional.empty());
    }
  }

  private static String described(Optional<Path> file) {
    return file.map(Object::toString).orElse("none");
  }

  private static ConfigException refusal(
      String path, String problem, String found, String wanted, Optional<Exception> cause) {
    return new ConfigException(
        "runtime", List.of(new ConfigProblem(path, problem, found, wanted)), cause.orElse(null));
  }
}
