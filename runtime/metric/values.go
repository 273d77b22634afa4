package metric

import (
	"encoding/json"
	"math"
	"sort"
	"strings"
)

// Values are metrics by name. In JSON a number that is not finite is null.
type Values map[string]float64

// MarshalJSON writes names in order; numbers that are not finite become null.
func (v Values) MarshalJSON() ([]byte, error) {
	m := make(map[string]*float64, len(v))
	for k, x := range v {
		m[k] = nil
		if !math.IsNaN(x) && !math.IsInf(x, 0) {
			m[k] = &x
		}
	}
	return json.Marshal(m)
}

// UnmarshalJSON reads null as NaN.
func (v *Values) UnmarshalJSON(b []byte) error {
	var m map[string]*float64
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	*v = Values{}
	for k, x := range m {
		(*v)[k] = math.NaN()
		if x != nil {
			(*v)[k] = *x
		}
	}
	return nil
}

// Names lists the names in order.
func (v Values) Names() []string {
	names := make([]string, 0, len(v))
	for k := range v {
		names = append(names, k)
	}
	sort.Strings(names)
	return names
}

// Merge joins the values of several outputs. With one output its names stand alone; with more each carries its output's name,
// and loss is the sum of their losses times weight.
func Merge(outputs []string, values []Values, weights []float64) Values {
	if len(values) == 1 {
		return values[0]
	}
	all := Values{}
	for i, v := range values {
		for name, x := range v {
			if base, column, ok := strings.Cut(name, "("); ok {
				all[base+"("+outputs[i]+"."+column] = x
				continue
			}
			all[name+"("+outputs[i]+")"] = x
		}
		if loss, ok := v["loss"]; ok {
			all["loss"] += weights[i] * loss
		}
	}
	return all
}

// Gap is how much worse a metric is on held-out data than on training data, in the metric's units: positive
// where the network fits the training part better.
func Gap(name string, train, held float64) float64 {
	if Lower(name) {
		return held - train
	}
	return train - held
}

// Primary is the metric that a run is first judged by: accuracy where there is one, else loss.
func Primary(v Values) string {
	if _, ok := v["accuracy"]; ok {
		return "accuracy"
	}
	return "loss"
}

// Split takes a name such as mae(cooling) apart into the metric and what stands in parentheses.
func Split(name string) (metric, of string) {
	metric, of, _ = strings.Cut(name, "(")
	return metric, strings.TrimSuffix(of, ")")
}
