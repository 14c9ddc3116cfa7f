package io.uvit.savedmodels.weights;

import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;

/** A Python tuple: an unmodifiable list that may hold null. */
final class PickleTuple extends AbstractList<Object> implements RandomAccess {
  private final Object[] items;

  PickleTuple(List<Object> items) {
    this.items = items.toArray();
  }

  @Override
  public Object get(int index) {
    return items[index];
  }

  @Override
  public int size() {
    return items.length;
  }
}
