package io.uvit.runner.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import sun.misc.Signal;
import sun.misc.SignalHandler;

class StopRequestTest {

  @Test
  void theFirstReasonStays() {
    StopRequest request = new StopRequest();
    assertNull(request.reason());
    request.stop(StopRequest.Reason.INTERRUPT);
    request.stop(StopRequest.Reason.TERMINATE);
    assertEquals(StopRequest.Reason.INTERRUPT, request.reason());
    assertEquals(130, StopRequest.Reason.INTERRUPT.exitCode());
    assertEquals(143, StopRequest.Reason.TERMINATE.exitCode());
  }

  @Test
  void closingGivesTheSignalBack() throws InterruptedException {
    Signal term = new Signal("TERM");
    Semaphore heard = new Semaphore(0);
    SignalHandler before = Signal.handle(term, signal -> heard.release());
    try {
      StopRequest request = StopRequest.onSignals();
      Signal.raise(term);
      for (int i = 0; request.reason() == null && i < 1000; i++) {
        Thread.sleep(10); // handlers run in a thread of their own
      }
      assertEquals(StopRequest.Reason.TERMINATE, request.reason());
      assertEquals(0, heard.availablePermits());
      request.close();
      request.close();
      Signal.raise(term);
      assertTrue(heard.tryAcquire(10, TimeUnit.SECONDS), "the handler before is not back");
    } finally {
      Signal.handle(term, before);
    }
  }
}
