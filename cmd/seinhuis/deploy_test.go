// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/goccy/go-yaml"
)

// TestDeployedConfigurations: the examples of deploy are configurations that this
// program takes, and the rights at the S3 store are for the buckets that they and
// init name.
func TestDeployedConfigurations(t *testing.T) {
	var rights [][]byte
	for _, path := range []string{"../../deploy/s3/policy.json", "../../deploy/s3/policy-setup.json"} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		rights = append(rights, data)
	}
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
		made := (&serverFlags{buckets: "seinhuis"}).fill(config{}).S3.Buckets
		if c.S3.Buckets != made {
			t.Errorf("%s names the buckets %v, init %v", path, c.S3.Buckets, made)
		}
		for _, bucket := range []string{made.Bodies, made.Log, made.Spool} {
			for _, policy := range rights {
				if !bytes.Contains(policy, []byte(`arn:aws:s3:::`+bucket+`"`)) {
					t.Errorf("a policy of deploy/s3 gives nothing on %s", bucket)
				}
			}
		}
	}
}
