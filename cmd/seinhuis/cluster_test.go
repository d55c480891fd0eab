// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"strings"
	"testing"
)

// TestClusterSetup: a new node is made, its engines are prepared, twice without
// harm, and it opens.
func TestClusterSetup(t *testing.T) {
	e := newEngines(t)
	dir := t.TempDir() + "/knooppunt"
	e.prepare(t, dir, "--oin", string(demoOIN))
	e.run(t, "cluster", "setup", "--dir", dir, "--owner-password", dir+"/"+secretsDir+"/postgres-beheer",
		"--vault-role-id", e.logins["beheer"].RoleID, "--vault-secret-id", dir+"/"+secretsDir+"/vault-beheer")
	s, err := openInstallation(t.Context(), dir, discard())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.healthy(t.Context()); err != nil {
		t.Error(err)
	}
	if list := e.run(t, "keys", "list", "--dir", dir); !strings.Contains(list, "receipt-signing") {
		t.Error(list)
	}
}

// TestDemoOnACluster tells the same story on real servers.
func TestDemoOnACluster(t *testing.T) {
	e := newEngines(t)
	node := t.TempDir() + "/knooppunt"
	e.prepare(t, node, "--oin", string(demoOIN))
	var out testWriter
	o := demoOptions{dir: t.TempDir(), node: node, reports: 30, once: true, log: discard()}
	if err := demo(t.Context(), &out, o); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	o.dir = t.TempDir()
	if err := demo(t.Context(), &out, o); err == nil || !strings.Contains(err.Error(), "empty one") {
		t.Errorf("a second time on the same database: %v", err)
	}
	o.node = ""
	if err := o.profile(profileCluster); err == nil || !strings.Contains(err.Error(), "cluster setup") {
		t.Errorf("without a node: %v", err)
	}
}
