// SPDX-License-Identifier: EUPL-1.2

package parallel_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/seinhuis/seinhuis/gateway/parallel"
)

func TestMapKeepsOrder(t *testing.T) {
	for _, n := range []int{0, 1, 16, 17, 18, 256, 1001} {
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		got, err := parallel.Map(all, func(part []int) ([]int, error) { return slices.Clone(part), nil })
		if err != nil || !slices.Equal(got, all) {
			t.Errorf("%d members came back as %d, error %v", n, len(got), err)
		}
	}
}

func TestMapFails(t *testing.T) {
	all, bad := make([]int, 100), errors.New("bad")
	all[99] = 1
	if _, err := parallel.Map(all, func(part []int) ([]int, error) {
		if slices.Contains(part, 1) {
			return nil, bad
		}
		return part, nil
	}); !errors.Is(err, bad) {
		t.Errorf("error %v", err)
	}
	if _, err := parallel.Map(all, func(part []int) ([]int, error) { panic("the value must not show") }); err == nil || err.Error() != "parallel: a part panicked" {
		t.Errorf("panic: %v", err)
	}
}
