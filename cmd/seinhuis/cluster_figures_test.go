// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestClusterFigures: a node over real engines tells how far its clock is from
// that of the database, and what it last swept; every figure can be read.
func TestClusterFigures(t *testing.T) {
	e := newEngines(t)
	dir := t.TempDir() + "/knooppunt"
	e.prepare(t, dir, "--oin", string(demoOIN))
	s, err := openInstallation(t.Context(), dir, discard())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	look := func() string {
		w := httptest.NewRecorder()
		s.metricsPage().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		return w.Body.String()
	}
	page := look()
	wantLines(t, page, "seinhuis_ready 1", "seinhuis_gauges_failed 0", "seinhuis_watch_held 0", "seinhuis_orphans_erased 0")
	if !regexp.MustCompile(`(?m)^seinhuis_clock_skew_milliseconds \d{1,4}$`).MatchString(page) {
		t.Errorf("no skew, or hours of it:\n%s", page)
	}
	if strings.Contains(page, "\nseinhuis_orphans_swept_timestamp_seconds ") {
		t.Error("a node that swept nothing says when it did")
	}
	s.nodes.(*cluster).swept.set(3, time.Unix(1700000000, 0))
	wantLines(t, look(), "seinhuis_orphans_erased 3", "seinhuis_orphans_swept_timestamp_seconds 1700000000")
}
