// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/goccy/go-yaml"
)

// TestDeployedConfigurations: the examples of deploy are configurations that this
// program takes.
func TestDeployedConfigurations(t *testing.T) {
	for _, path := range []string{"../../deploy/kubernetes/seinhuis.yaml", "../../deploy/container/seinhuis.yaml"} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var c config
		if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&c); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if err := c.check(); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if !c.cluster() || c.Observation == nil || c.Observation.Probe == "" {
			t.Errorf("%s is not a node that can be asked", path)
		}
	}
}
