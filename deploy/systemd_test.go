// SPDX-License-Identifier: EUPL-1.2

package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unitLines is what every unit must say.
var unitLines = []string{
	"User=seinhuis", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "AmbientCapabilities=", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes",
	"PrivateDevices=yes", "PrivateUsers=yes", "LimitCORE=0", "MemorySwapMax=0", "UMask=0077", "MemoryDenyWriteExecute=yes", "SystemCallFilter=@system-service",
	"SystemCallArchitectures=native", "RestrictAddressFamilies=AF_INET AF_INET6", "RestrictNamespaces=yes", "LockPersonality=yes", "NoExecPaths=/", "StateDirectoryMode=0700",
	"TimeoutStopSec=90s",
}

func units() []string { return []string{"seinhuis.service", "seinhuis@.service"} }

func TestUnitsAreHardened(t *testing.T) {
	for _, unit := range units() {
		lines := strings.Split(read(t, "systemd/"+unit), "\n")
		for _, want := range unitLines {
			if !slices.Contains(lines, want) {
				t.Errorf("%s lacks %q", unit, want)
			}
		}
	}
}

// TestSystemdAgrees asks systemd itself: every line is one that it knows, and
// what it thinks of the exposure.
func TestSystemdAgrees(t *testing.T) {
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	if out, err := exec.Command(tool, "security", "--help").CombinedOutput(); err != nil || !strings.Contains(string(out), "--offline") {
		t.Skip("this systemd-analyze cannot judge a file (250 can)")
	}
	dir := t.TempDir()
	for _, unit := range units() {
		// A program that is there, in the place of the one that is not installed.
		text := strings.ReplaceAll(read(t, "systemd/"+unit), "/usr/local/bin/seinhuis", "/bin/true")
		name := strings.Replace(unit, "@.", "@a.", 1)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(tool, "verify", "--man=no", "--recursive-errors=no", filepath.Join(dir, name)).CombinedOutput(); err != nil || strings.Contains(string(out), name+":") {
			t.Errorf("%s: %v\n%s", unit, err, out)
		}
		// Of 100, lower is better; a plain service has 96.
		if out, err := exec.Command(tool, "security", "--offline=true", "--threshold=15", "--no-pager", filepath.Join(dir, name)).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", unit, err, out)
		}
	}
}
