/**
 * The training folders of the official code, {@code N.ckpt} with {@code step.pth}, {@code
 * nnet.pth}, {@code nnet_ema.pth}, {@code optimizer.pth} and {@code lr_scheduler.pth} (official
 * utils.py, {@code TrainState.save}): read and written whole, without running anything in them.
 */
package io.uvit.savedmodels.official;
