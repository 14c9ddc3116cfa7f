package io.uvit.savedmodels.official;

import java.util.List;

/** The files of a training folder, each one {@code torch.save} of a state dict. */
final class OfficialFiles {
  /** The number of steps done, a bare int. */
  static final String STEP = "step.pth";

  /** The weights. */
  static final String WEIGHTS = "nnet.pth";

  /** The averaged weights. */
  static final String AVERAGE = "nnet_ema.pth";

  /** {@code torch.optim.AdamW}. */
  static final String OPTIMIZER = "optimizer.pth";

  /** {@code torch.optim.lr_scheduler.LambdaLR} or {@code CosineAnnealingLR}. */
  static final String SCHEDULE = "lr_scheduler.pth";

  /** All of them. */
  static final List<String> ALL = List.of(STEP, WEIGHTS, AVERAGE, OPTIMIZER, SCHEDULE);

  /** Entry of a parameter's state: updates made, a float32 scalar. */
  static final String UPDATES = "step";

  /** Entry of a parameter's state: moving average of the gradient. */
  static final String FIRST = "exp_avg";

  /** Entry of a parameter's state: moving average of the gradient's square. */
  static final String SECOND = "exp_avg_sq";

  private OfficialFiles() {}
}
