package io.uvit.tests.gpu;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.uvit.runner.device.DeviceInspector;
import io.uvit.savedmodels.natives.CudaLibraries;
import java.io.IOException;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * Runs one {@link GoldenCase} in this process, on the device that TensorFlow takes by itself, and
 * prints one JSON line. A skipped test is no success: its golden data was not there.
 *
 * <p>Arguments: {@code DEVICE CASE}. Exit status: 0 if all passed, 1 if not, 3 without the device.
 */
public final class GoldenMain {
  private GoldenMain() {}

  /** Entry point of the process. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 2) {
      throw new IllegalArgumentException("wanted: DEVICE CASE");
    }
    GoldenCase wanted = GoldenCase.valueOf(arguments[1]);
    if (Target.of(arguments[0]) == Target.GPU) {
      CudaLibraries.open(); // before any class of TensorFlow is initialised
      if (DeviceInspector.ofThisProcess(false).inspect().usableGpu().isEmpty()) {
        System.err.println("no GPU can be used here, see uvit devices");
        System.exit(3);
      }
    }
    TestExecutionSummary summary = execute(wanted);
    System.out.println(json(wanted, summary));
    boolean passed =
        summary.getTestsSucceededCount() > 0
            && summary.getTotalFailureCount() == 0
            && summary.getTestsAbortedCount() == 0
            && summary.getTestsSkippedCount() == 0;
    System.exit(passed ? 0 : 1);
  }

  private static TestExecutionSummary execute(GoldenCase wanted) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(DiscoverySelectors.selectClass(wanted.testClass()))
            .build();
    Launcher launcher = LauncherFactory.create();
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    launcher.execute(request, listener);
    return listener.getSummary();
  }

  private static JsonObject json(GoldenCase wanted, TestExecutionSummary summary) {
    JsonObject line = new JsonObject();
    line.addProperty("kind", Stage.GOLDEN.word());
    line.addProperty("case", wanted.word());
    line.addProperty("passed", summary.getTestsSucceededCount());
    line.addProperty("failed", summary.getTotalFailureCount());
    line.addProperty("skipped", summary.getTestsAbortedCount() + summary.getTestsSkippedCount());
    JsonArray failures = new JsonArray();
    for (TestExecutionSummary.Failure failure : summary.getFailures()) {
      failures.add(failure.getTestIdentifier().getDisplayName() + ": " + failure.getException());
      failure.getException().printStackTrace();
    }
    line.add("failures", failures);
    return line;
  }
}
