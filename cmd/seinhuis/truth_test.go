// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"reflect"
	"testing"

	"github.com/seinhuis/seinhuis/adapters/postgres"
	"github.com/seinhuis/seinhuis/adapters/sqlite"
)

// TestTruthIsWhole: each profile fills every port, but for the file that a
// cluster does not have.
func TestTruthIsWhole(t *testing.T) {
	for name, whole := range map[string]truth{"sqlite": sqliteTruth(new(sqlite.DB)), "postgres": postgresTruth(new(postgres.DB))} {
		v := reflect.ValueOf(whole)
		for i := range v.NumField() {
			if field := v.Type().Field(i).Name; v.Field(i).IsNil() && (name != "postgres" || field != "File") {
				t.Errorf("%s leaves %s empty", name, field)
			}
		}
	}
}
