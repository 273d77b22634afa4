// The functions of cuDNN that gorgonia.org/cu names. None is passed on.
#define CUDNN_FUNCTIONS(F) \
	F(cudnnActivationBackward) F(cudnnActivationForward) F(cudnnAddTensor) F(cudnnBackendCreateDescriptor) \
	F(cudnnBackendDestroyDescriptor) F(cudnnBackendSetAttribute) F(cudnnBatchNormalizationBackward) \
	F(cudnnBatchNormalizationForwardInference) F(cudnnBatchNormalizationForwardTraining) F(cudnnConvolutionBackwardBias) \
	F(cudnnConvolutionBackwardData) F(cudnnConvolutionBackwardFilter) F(cudnnConvolutionBiasActivationForward) \
	F(cudnnConvolutionForward) F(cudnnCreate) F(cudnnCreateActivationDescriptor) F(cudnnCreateAlgorithmDescriptor) \
	F(cudnnCreateAlgorithmPerformance) F(cudnnCreateAttnDescriptor) F(cudnnCreateConvolutionDescriptor) \
	F(cudnnCreateDropoutDescriptor) F(cudnnCreateFilterDescriptor) F(cudnnCreateFusedOpsConstParamPack) \
	F(cudnnCreateFusedOpsVariantParamPack) F(cudnnCreateLRNDescriptor) F(cudnnCreateOpTensorDescriptor) \
	F(cudnnCreatePersistentRNNPlan) F(cudnnCreatePoolingDescriptor) F(cudnnCreateRNNDataDescriptor) \
	F(cudnnCreateReduceTensorDescriptor) F(cudnnCreateSeqDataDescriptor) F(cudnnCreateSpatialTransformerDescriptor) \
	F(cudnnCreateTensorDescriptor) F(cudnnCreateTensorTransformDescriptor) F(cudnnDeriveBNTensorDescriptor) F(cudnnDestroy) \
	F(cudnnDestroyActivationDescriptor) F(cudnnDestroyAlgorithmDescriptor) F(cudnnDestroyAlgorithmPerformance) \
	F(cudnnDestroyAttnDescriptor) F(cudnnDestroyCTCLossDescriptor) F(cudnnDestroyConvolutionDescriptor) \
	F(cudnnDestroyDropoutDescriptor) F(cudnnDestroyFilterDescriptor) F(cudnnDestroyFusedOpsConstParamPack) \
	F(cudnnDestroyFusedOpsVariantParamPack) F(cudnnDestroyLRNDescriptor) F(cudnnDestroyOpTensorDescriptor) \
	F(cudnnDestroyPersistentRNNPlan) F(cudnnDestroyPoolingDescriptor) F(cudnnDestroyRNNDataDescriptor) \
	F(cudnnDestroyRNNDescriptor) F(cudnnDestroyReduceTensorDescriptor) F(cudnnDestroySeqDataDescriptor) \
	F(cudnnDestroySpatialTransformerDescriptor) F(cudnnDestroyTensorDescriptor) F(cudnnDestroyTensorTransformDescriptor) \
	F(cudnnDivisiveNormalizationBackward) F(cudnnDivisiveNormalizationForward) F(cudnnDropoutBackward) F(cudnnDropoutForward) \
	F(cudnnDropoutGetReserveSpaceSize) F(cudnnDropoutGetStatesSize) F(cudnnFindConvolutionBackwardDataAlgorithm) \
	F(cudnnFindConvolutionBackwardDataAlgorithmEx) F(cudnnFindConvolutionBackwardFilterAlgorithm) \
	F(cudnnFindConvolutionBackwardFilterAlgorithmEx) F(cudnnFindConvolutionForwardAlgorithm) \
	F(cudnnFindConvolutionForwardAlgorithmEx) F(cudnnGetConvolution2dForwardOutputDim) \
	F(cudnnGetConvolutionNdForwardOutputDim) F(cudnnGetPooling2dForwardOutputDim) F(cudnnGetPoolingNdForwardOutputDim) \
	F(cudnnGetReductionIndicesSize) F(cudnnGetReductionWorkspaceSize) F(cudnnGetVersion) F(cudnnIm2Col) \
	F(cudnnLRNCrossChannelBackward) F(cudnnLRNCrossChannelForward) F(cudnnOpTensor) F(cudnnPoolingBackward) \
	F(cudnnPoolingForward) F(cudnnReduceTensor) F(cudnnRestoreDropoutDescriptor) F(cudnnScaleTensor) \
	F(cudnnSetActivationDescriptor) F(cudnnSetAlgorithmDescriptor) F(cudnnSetAlgorithmPerformance) F(cudnnSetAttnDescriptor) \
	F(cudnnSetConvolution2dDescriptor) F(cudnnSetConvolutionGroupCount) F(cudnnSetConvolutionMathType) \
	F(cudnnSetConvolutionNdDescriptor) F(cudnnSetDropoutDescriptor) F(cudnnSetFilter4dDescriptor) \
	F(cudnnSetFilterNdDescriptor) F(cudnnSetFusedOpsConstParamPackAttribute) F(cudnnSetFusedOpsVariantParamPackAttribute) \
	F(cudnnSetLRNDescriptor) F(cudnnSetOpTensorDescriptor) F(cudnnSetPersistentRNNPlan) F(cudnnSetPooling2dDescriptor) \
	F(cudnnSetPoolingNdDescriptor) F(cudnnSetRNNDataDescriptor) F(cudnnSetRNNMatrixMathType) F(cudnnSetReduceTensorDescriptor) \
	F(cudnnSetSeqDataDescriptor) F(cudnnSetSpatialTransformerNdDescriptor) F(cudnnSetTensor4dDescriptor) \
	F(cudnnSetTensor4dDescriptorEx) F(cudnnSetTensorNdDescriptor) F(cudnnSetTensorNdDescriptorEx) \
	F(cudnnSetTensorTransformDescriptor) F(cudnnSoftmaxBackward) F(cudnnSoftmaxForward) F(cudnnSpatialTfGridGeneratorBackward) \
	F(cudnnSpatialTfGridGeneratorForward) F(cudnnSpatialTfSamplerBackward) F(cudnnSpatialTfSamplerForward) \
	F(cudnnTransformTensor)
