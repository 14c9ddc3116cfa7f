package io.uvit.savedmodels.official;

import java.util.OptionalLong;

/**
 * The position of a learning rate schedule.
 *
 * @param baseRate the full rate ({@code base_lrs})
 * @param rate the learning rate of the next step ({@code _last_lr})
 * @param position steps the schedule has made ({@code last_epoch}), as many as the training
 * @param cosineSteps where half a cosine ends ({@code T_max}); empty: a schedule without it
 */
public record ScheduleState(
    double baseRate, double rate, long position, OptionalLong cosineSteps) {}
