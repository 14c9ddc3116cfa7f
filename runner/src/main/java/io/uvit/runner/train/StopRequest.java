package io.uvit.runner.train;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * Turns SIGTERM and SIGINT into a flag that the training loop reads between steps. A second signal
 * ends the process at once: checkpoints are whole or absent at any instant.
 *
 * <p><b>Resources</b>: closing gives the signals back to whoever handled them before.
 */
public final class StopRequest implements AutoCloseable {

  /** Signals that ask a run to stop. */
  public enum Reason {
    INTERRUPT("INT", 130),
    TERMINATE("TERM", 143);

    private final String signal;
    private final int exitCode;

    Reason(String signal, int exitCode) {
      this.signal = signal;
      this.exitCode = exitCode;
    }

    /** Exit status of the process, 128 + signal. */
    public int exitCode() {
      return exitCode;
    }
  }

  private final AtomicReference<Reason> reason = new AtomicReference<>();
  private final Map<Reason, SignalHandler> before = new EnumMap<>(Reason.class);

  /** A request that nobody has made; tests and programs may {@link #stop} it. */
  public StopRequest() {}

  /** Installs handlers for this process. */
  public static StopRequest onSignals() {
    StopRequest request = new StopRequest();
    for (Reason r : Reason.values()) {
      request.before.put(r, Signal.handle(new Signal(r.signal), signal -> request.signalled(r)));
    }
    return request;
  }

  private void signalled(Reason r) {
    if (!reason.compareAndSet(null, r)) {
      Runtime.getRuntime().halt(r.exitCode());
    }
  }

  /** Asks the run to stop after its current step. */
  public void stop(Reason r) {
    reason.compareAndSet(null, r);
  }

  /** Why the run should stop; null as long as it should not. */
  public Reason reason() {
    return reason.get();
  }

  /** Uninstalls the handlers, if any; a second call does nothing. */
  @Override
  public void close() {
    before.forEach((r, handler) -> Signal.handle(new Signal(r.signal), handler));
    before.clear();
  }
}
