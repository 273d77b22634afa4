// The functions of cuBLAS that gorgonia.org/cu names. None is passed on.
#define CUBLAS_FUNCTIONS(F) \
	F(cublasCaxpy) F(cublasCcopy) F(cublasCdgmm) F(cublasCdotc) F(cublasCdotu) F(cublasCgbmv) F(cublasCgeam) F(cublasCgemm) \
	F(cublasCgemm3m) F(cublasCgemv) F(cublasCgerc) F(cublasCgeru) F(cublasChbmv) F(cublasChemm) F(cublasChemv) F(cublasCher) \
	F(cublasCher2) F(cublasCher2k) F(cublasCherk) F(cublasCherkx) F(cublasChpmv) F(cublasChpr) F(cublasChpr2) F(cublasCreate) \
	F(cublasCrot) F(cublasCscal) F(cublasCsscal) F(cublasCswap) F(cublasCsymm) F(cublasCsymv) F(cublasCsyr) F(cublasCsyr2) \
	F(cublasCsyr2k) F(cublasCsyrk) F(cublasCsyrkx) F(cublasCtbmv) F(cublasCtbsv) F(cublasCtpmv) F(cublasCtpsv) F(cublasCtpttr) \
	F(cublasCtrmv) F(cublasCtrsm) F(cublasCtrsv) F(cublasCtrttp) F(cublasDasum) F(cublasDaxpy) F(cublasDcopy) F(cublasDdgmm) \
	F(cublasDdot) F(cublasDestroy) F(cublasDgbmv) F(cublasDgeam) F(cublasDgemm) F(cublasDgemv) F(cublasDger) F(cublasDnrm2) \
	F(cublasDrot) F(cublasDrotg) F(cublasDrotm) F(cublasDrotmg) F(cublasDsbmv) F(cublasDscal) F(cublasDspmv) F(cublasDspr) \
	F(cublasDspr2) F(cublasDswap) F(cublasDsymm) F(cublasDsymv) F(cublasDsyr) F(cublasDsyr2) F(cublasDsyr2k) F(cublasDsyrk) \
	F(cublasDsyrkx) F(cublasDtbmv) F(cublasDtbsv) F(cublasDtpmv) F(cublasDtpsv) F(cublasDtpttr) F(cublasDtrmv) F(cublasDtrsm) \
	F(cublasDtrsv) F(cublasDtrttp) F(cublasDzasum) F(cublasDznrm2) F(cublasIcamax) F(cublasIcamin) F(cublasIdamax) \
	F(cublasIdamin) F(cublasIsamax) F(cublasIsamin) F(cublasIzamax) F(cublasIzamin) F(cublasSasum) F(cublasSaxpy) \
	F(cublasScasum) F(cublasScnrm2) F(cublasScopy) F(cublasSdgmm) F(cublasSdot) F(cublasSgbmv) F(cublasSgeam) F(cublasSgemm) \
	F(cublasSgemv) F(cublasSger) F(cublasSnrm2) F(cublasSrot) F(cublasSrotg) F(cublasSrotm) F(cublasSrotmg) F(cublasSsbmv) \
	F(cublasSscal) F(cublasSspmv) F(cublasSspr) F(cublasSspr2) F(cublasSswap) F(cublasSsymm) F(cublasSsymv) F(cublasSsyr) \
	F(cublasSsyr2) F(cublasSsyr2k) F(cublasSsyrk) F(cublasSsyrkx) F(cublasStbmv) F(cublasStbsv) F(cublasStpmv) F(cublasStpsv) \
	F(cublasStpttr) F(cublasStrmv) F(cublasStrsm) F(cublasStrsv) F(cublasStrttp) F(cublasZaxpy) F(cublasZcopy) F(cublasZdgmm) \
	F(cublasZdotc) F(cublasZdotu) F(cublasZdscal) F(cublasZgbmv) F(cublasZgeam) F(cublasZgemm) F(cublasZgemm3m) F(cublasZgemv) \
	F(cublasZgerc) F(cublasZgeru) F(cublasZhbmv) F(cublasZhemm) F(cublasZhemv) F(cublasZher) F(cublasZher2) F(cublasZher2k) \
	F(cublasZherk) F(cublasZherkx) F(cublasZhpmv) F(cublasZhpr) F(cublasZhpr2) F(cublasZrot) F(cublasZscal) F(cublasZswap) \
	F(cublasZsymm) F(cublasZsymv) F(cublasZsyr) F(cublasZsyr2) F(cublasZsyr2k) F(cublasZsyrk) F(cublasZsyrkx) F(cublasZtbmv) \
	F(cublasZtbsv) F(cublasZtpmv) F(cublasZtpsv) F(cublasZtpttr) F(cublasZtrmv) F(cublasZtrsm) F(cublasZtrsv) F(cublasZtrttp)
