package io.uvit.runner.device;

/**
 * A library that must open before TensorFlow 2.18 registers any GPU, whether it is called or not.
 */
public enum CudaLibrary {
  /** Part of NVIDIA's driver; no redistribution has it. */
  DRIVER("libcuda.so.1", "NVIDIA's driver"),
  RUNTIME("libcudart.so.12", "CUDA 12"),
  CUBLAS("libcublas.so.12", "CUDA 12"),
  CUDNN("libcudnn.so.9", "cuDNN 9.3 or newer"),
  CUFFT("libcufft.so.11", "CUDA 12"),
  CUSOLVER("libcusolver.so.11", "CUDA 12"),
  CUSPARSE("libcusparse.so.12", "CUDA 12");

  private final String fileName;
  private final String product;

  CudaLibrary(String fileName, String product) {
    this.fileName = fileName;
    this.product = product;
  }

  /** The name that it is opened by. */
  public String fileName() {
    return fileName;
  }

  /** What it comes with. */
  public String product() {
    return product;
  }
}
