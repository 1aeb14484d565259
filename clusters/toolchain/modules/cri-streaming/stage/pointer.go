package stage

import (
	"strings"
	"unsafe"
)

func pointer(list []uint32) uintptr { return uintptr(unsafe.Pointer(&list[0])) }

func upper(text string) string { return strings.ToUpper(text) }
