// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"reflect"
	"testing"

	"github.com/seinhuis/seinhuis/adapters/postgres"
	"github.com/seinhuis/seinhuis/adapters/sqlite"
)

// Both profiles fill every port of truth: one that is left out is a crash at its
// first use.
func TestTruthIsWhole(t *testing.T) {
	for name, v := range map[string]truth{"standalone": sqliteTruth(new(sqlite.DB)), "cluster": postgresTruth(new(postgres.DB))} {
		for i := range reflect.TypeFor[truth]().NumField() {
			field := reflect.TypeFor[truth]().Field(i).Name
			if empty := reflect.ValueOf(v).Field(i).IsNil(); empty && (field != "File" || name == "standalone") {
				t.Errorf("%s: nothing fills %s", name, field)
			}
		}
	}
}
