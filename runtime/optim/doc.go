// Package optim changes parameters by their gradients: the update rules (sgd, adam, adamw, rmsprop,
// adagrad), gradient clipping, L1 and L2 penalties, decoupled weight decay, max-norm and the moving
// average of weights.
//
// All parameters of a network lie in one flat float32 buffer and all gradients in another of the same
// layout; a Segment says which stretch belongs to which parameter and what holds for it. A step does, in this
// order:
//
//  1. clip the raw gradients (norm or value),
//  2. add the penalties to them: g += l2*w + l1*sign(w),
//  3. shrink the weights where there is decoupled decay: w *= 1 - lr*decay,
//  4. apply the update rule,
//  5. scale units whose incoming weights exceed the max-norm.
//
// This is the order of a PyTorch script that calls clip_grad_norm_ before optimizer.step(), and the
// formulas are PyTorch's. A step allocates nothing. Every product is rounded to float32 before it is
// added (no fused multiply-add) and every sum over elements is formed in one fixed order, so a step gives the same bits
// on any number of threads.
package optim
