// SPDX-License-Identifier: EUPL-1.2

package docs_test

import (
	"encoding"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

func typeOf(v any) reflect.Type { return reflect.TypeOf(v) }

// checkShape holds decoded JSON against a type by its json tags: no field that
// the type does not have, and every field that the type always writes.
func checkShape(t *testing.T, at string, v any, typ reflect.Type) {
	t.Helper()
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch {
	case isLeaf(typ):
	case typ.Kind() == reflect.Slice:
		for _, e := range v.([]any) {
			checkShape(t, at+"[]", e, typ.Elem())
		}
	case typ.Kind() == reflect.Struct:
		object, ok := v.(map[string]any)
		if !ok {
			t.Errorf("%s is no object", at)
			return
		}
		checkMembers(t, at, object, typ)
	}
}

func checkMembers(t *testing.T, at string, object map[string]any, typ reflect.Type) {
	t.Helper()
	known := map[string]bool{}
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		known[name] = true
		member, there := object[name]
		if there {
			checkShape(t, at+"/"+name, member, f.Type)
		} else if !strings.Contains(options, "omit") {
			t.Errorf("%s lacks %s, which is always written", at, name)
		}
	}
	for name := range object {
		if !known[name] {
			t.Errorf("%s has %s, which %s does not know", at, name, typ)
		}
	}
}

// isLeaf reports whether a type writes itself.
func isLeaf(typ reflect.Type) bool {
	return slices.ContainsFunc([]reflect.Type{reflect.TypeFor[encoding.TextMarshaler](), reflect.TypeFor[json.Marshaler]()},
		func(m reflect.Type) bool { return typ.Implements(m) || reflect.PointerTo(typ).Implements(m) })
}
