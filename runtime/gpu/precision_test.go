package gpu_test

import (
	"strings"
	"testing"

	"github.com/netc-lang/netc/runtime/experiment"
)

// The precision of a program reaches its convolutions: losses differ a little from those in float32, and little only. They are the
// same in a stack.
func TestPrecision(t *testing.T) {
	text := strings.NewReplacer("train = 256, test = 64", "train = 64, test = 64", "batch 64", "batch 32").Replace(convolutional)
	p := pool(t)
	losses := map[string]float64{}
	for _, q := range []string{"fp32", "tf32", "bf16"} {
		c := program(t, strings.Replace(text, "epochs 1", "epochs 1; precision "+q, 1)).Config(experiment.Options{})
		r := onDevice(t, p, c)[0]
		losses[q] = r.Test["loss"]
		if q == "tf32" && !onCard() {
			if both := onDevice(t, p, c, c); both[0].Test["loss"] != losses[q] || both[1].Test["loss"] != losses[q] {
				t.Errorf("alone the loss is %v, in a stack %v and %v", losses[q], both[0].Test["loss"], both[1].Test["loss"])
			}
		}
	}
	for q, off := range map[string]float64{"tf32": 2e-3, "bf16": 2e-2} {
		if losses[q] == losses["fp32"] || !near(losses[q], losses["fp32"], off) {
			t.Errorf("the loss is %v in %s and %v in float32", losses[q], q, losses["fp32"])
		}
	}
}
