package io.uvit.runner.cli;

import io.uvit.config.ConfigException;
import io.uvit.runner.data.DataException;
import io.uvit.runner.features.FeatureException;
import io.uvit.runner.train.DivergedException;
import io.uvit.savedmodels.checkpoint.CheckpointExistsException;
import io.uvit.savedmodels.checkpoint.CorruptCheckpointException;
import io.uvit.savedmodels.checkpoint.DiskFullException;
import io.uvit.savedmodels.checkpoint.RunLockedException;
import io.uvit.savedmodels.checkpoint.UnsupportedCheckpointException;
import io.uvit.savedmodels.checkpoint.UnwritableFolderException;
import io.uvit.savedmodels.export.ModelTooLargeException;
import io.uvit.savedmodels.export.TargetExistsException;
import io.uvit.savedmodels.natives.CudaLibraryException;
import io.uvit.savedmodels.signature.SavedModelException;
import io.uvit.savedmodels.signature.SignatureInputException;
import io.uvit.savedmodels.state.StateDictException;
import io.uvit.savedmodels.weights.WeightFileException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.tensorflow.exceptions.TensorFlowException;

/** The one table from exceptions to exit codes. Loaded only when a command has failed. */
final class Failures {

  private record Rule(Class<? extends Throwable> type, ExitCode code) {}

  /** The first rule that fits decides: special types stand before general ones. */
  private static final List<Rule> RULES =
      List.of(
          new Rule(UsageException.class, ExitCode.USAGE),
          new Rule(RunLockedException.class, ExitCode.USAGE),
          new Rule(TargetExistsException.class, ExitCode.USAGE),
          new Rule(ModelTooLargeException.class, ExitCode.USAGE),
          new Rule(ConfigException.class, ExitCode.BAD_CONFIG),
          new Rule(WeightFileException.class, ExitCode.BAD_CHECKPOINT),
          new Rule(StateDictException.class, ExitCode.BAD_CHECKPOINT),
          new Rule(CorruptCheckpointException.class, ExitCode.BAD_CHECKPOINT),
          new Rule(UnsupportedCheckpointException.class, ExitCode.BAD_CHECKPOINT),
          new Rule(CheckpointExistsException.class, ExitCode.BAD_CHECKPOINT),
          new Rule(StateDictException.class, ExitCode.BAD_CHECKPOINT),
          new Rule(DivergedException.class, ExitCode.DIVERGED),
          new Rule(DiskFullException.class, ExitCode.DISK_FULL),
          new Rule(UnwritableFolderException.class, ExitCode.DISK_FULL),
          new Rule(SavedModelException.class, ExitCode.BAD_CHECKPOINT),
          new Rule(SignatureInputException.class, ExitCode.BAD_DATA),
          new Rule(DataException.class, ExitCode.BAD_DATA),
          new Rule(FeatureException.class, ExitCode.BAD_DATA),
          new Rule(CudaLibraryException.class, ExitCode.NATIVE_RUNTIME),
          new Rule(TensorFlowException.class, ExitCode.NATIVE_RUNTIME),
          new Rule(UnsatisfiedLinkError.class, ExitCode.NATIVE_RUNTIME),
          new Rule(IOException.class, ExitCode.BAD_DATA));

  private Failures() {}

  /** The exit code for a failure of a command. */
  static ExitCode exitCode(Throwable failure) {
    Throwable cause = unwrap(failure);
    if (isDiskFull(cause)) {
      return ExitCode.DISK_FULL;
    }
    if (isNativeClassFailure(cause)) {
      return ExitCode.NATIVE_RUNTIME;
    }
    return RULES.stream()
        .filter(rule -> rule.type().isInstance(cause))
        .map(Rule::code)
        .findFirst()
        .orElse(ExitCode.INTERNAL);
  }

  /** Prints what went wrong as one {@code uvit: error:} message, with the stack trace on demand. */
  static void print(Throwable failure, boolean debug, PrintStream err) {
    Throwable cause = unwrap(failure);
    err.println("uvit: error: " + message(cause));
    if (debug) {
      failure.printStackTrace(err);
    } else if (exitCode(failure) == ExitCode.INTERNAL) {
      err.println("uvit: this is a fault of the program; --debug prints where it happened");
    }
  }

  private static String message(Throwable cause) {
    String text = cause.getMessage();
    if (text == null || text.isBlank()) {
      return cause.getClass().getSimpleName();
    }
    if (cause instanceof FileSystemException file) {
      // The message of these is the bare path; the type says what is wrong with it.
      return file.getReason() == null ? text + ": " + words(cause) : text;
    }
    return exitCode(cause) == ExitCode.INTERNAL
        ? cause.getClass().getSimpleName() + ": " + text
        : text;
  }

  /** {@code NoSuchFileException} as {@code no such file}. */
  private static String words(Throwable cause) {
    return cause
        .getClass()
        .getSimpleName()
        .replaceFirst("Exception$", "")
        .replaceAll("(?<=[a-z])(?=[A-Z])", " ")
        .toLowerCase(Locale.ROOT);
  }

  private static Throwable unwrap(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null
        && (cause instanceof UncheckedIOException
            || cause instanceof ExecutionException
            || cause instanceof CompletionException)) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** A class of the runtime whose static initialiser failed, the first time or later. */
  private static boolean isNativeClassFailure(Throwable failure) {
    if (failure instanceof ExceptionInInitializerError) {
      return failure.getCause() instanceof UnsatisfiedLinkError;
    }
    return failure instanceof NoClassDefFoundError
        && failure.getMessage() != null
        && failure.getMessage().replace('/', '.').matches(".*\\borg\\.(tensorflow|bytedeco)\\..*");
  }

  private static boolean isDiskFull(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String text = cause.getMessage();
      if (cause instanceof IOException
          && text != null
          && (text.contains("No space left on device") || text.contains("Disk quota exceeded"))) {
        return true;
      }
    }
    return false;
  }
}
