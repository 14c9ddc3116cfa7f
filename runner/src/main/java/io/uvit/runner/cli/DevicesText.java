package io.uvit.runner.cli;

import io.uvit.runner.device.Card;
import io.uvit.runner.device.Cpu;
import io.uvit.runner.device.DeviceReport;
import io.uvit.runner.device.LibraryState;
import io.uvit.runner.device.RegisteredGpu;
import io.uvit.runner.device.TensorFlowAnswer;
import io.uvit.savedmodels.natives.XlaParts;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Lays a {@link DeviceReport} out for people: a fact a line, then what a GPU lacks. */
final class DevicesText {
  private static final int COLUMN = 20;

  private final StringBuilder text = new StringBuilder();

  private DevicesText() {}

  static String of(DeviceReport report) {
    DevicesText text = new DevicesText();
    text.facts(report);
    text.verdict(report);
    return text.text.toString();
  }

  private void facts(DeviceReport report) {
    fact("cpu", cpu(report.cpu()));
    fact("nvidia devices", joined(report.driver().nodes().stream().map(n -> "/dev/" + n).toList()));
    fact("nvidia driver", report.driver().version().orElse("not found"));
    for (Card card : report.driver().cards()) {
      fact("card", card.toString());
    }
    report.visibleDevices().ifPresent(value -> fact("CUDA_VISIBLE_DEVICES", "'" + value + "'"));
    fact(
        "tensorflow library",
        switch (report.build()) {
          case NONE -> "none on the class path";
          case CPU -> "without GPU support";
          case GPU -> "with GPU support";
          case BOTH -> "two on the class path, with and without GPU support";
        });
    report.libraries().forEach((library, state) -> fact(library.fileName(), describe(state)));
    if (report.mayCompileForGpu()) {
      fact("ptxas (for xla)", toolkit(report.xla().ptxas()));
      fact("libdevice (for xla)", toolkit(report.xla().libdevice()));
    }
    fact("tensorflow", describe(report.tensorFlow()));
  }

  private static String toolkit(Optional<Path> file) {
    return file.map(Path::toString)
        .orElse(
            "not found: runtime.xla wants a CUDA toolkit in /usr/local/cuda or %s=--%s=DIR"
                .formatted(XlaParts.FLAGS, XlaParts.TOOLKIT_FLAG));
  }

  private void verdict(DeviceReport report) {
    fact(
        "gpu",
        report.usableGpu().map(gpu -> gpu.device() + " can be used").orElse("cannot be used"));
    report
        .shortfalls()
        .forEach(
            shortfall -> {
              text.append("\n  found  ").append(shortfall.found());
              text.append("\n  wanted ").append(shortfall.wanted()).append('\n');
            });
  }

  private static String cpu(Cpu cpu) {
    return "%s, %d hardware threads, AVX-512 %s, AVX512_BF16 %s, AMX %s"
        .formatted(
            cpu.model().orElse("unknown model"),
            cpu.processors(),
            yesOrNo(cpu.avx512()),
            yesOrNo(cpu.avx512Bf16()),
            yesOrNo(cpu.amx()));
  }

  private static String yesOrNo(boolean value) {
    return value ? "yes" : "no";
  }

  private static String describe(LibraryState state) {
    if (state instanceof LibraryState.Bundled) {
      return "on the class path";
    } else if (state instanceof LibraryState.Opens opens) {
      return opens.file().toString();
    } else if (state instanceof LibraryState.Refused refused) {
      return refused.file() + " does not open: " + refused.reason();
    }
    return "not found";
  }

  private static String describe(TensorFlowAnswer answer) {
    if (answer instanceof TensorFlowAnswer.NotAsked notAsked) {
      return "not asked: " + notAsked.reason();
    } else if (answer instanceof TensorFlowAnswer.Failed failed) {
      return "does not start: " + failed.reason();
    }
    return joined(answer.gpus().stream().map(DevicesText::describe).toList());
  }

  private static String describe(RegisteredGpu gpu) {
    return gpu.device() + gpu.failure().map(f -> " does not compute: " + f).orElse(" computes");
  }

  private static String joined(List<String> parts) {
    return parts.isEmpty() ? "none" : parts.stream().collect(Collectors.joining(", "));
  }

  private void fact(String name, String value) {
    text.append(String.format(Locale.ROOT, "%-" + COLUMN + "s %s\n", name, value));
  }
}
