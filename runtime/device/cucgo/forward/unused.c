// What stands in for cuBLAS and cuDNN when gorgonia.org/cu's packages blas and dnn are linked, which gorgonia brings in under the build tag
// cuda. Nobody calls them: netc opens both libraries by itself. Every function says that its library is not initialized.
#include "cublas.h"
#include "cudnn.h"

#define NOT_INITIALIZED(name) int name(void) { return 1; }
CUBLAS_FUNCTIONS(NOT_INITIALIZED)
CUDNN_FUNCTIONS(NOT_INITIALIZED)
