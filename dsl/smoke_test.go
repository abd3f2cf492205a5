package dsl
import ("testing";"os";"fmt")
func TestSmoke(t *testing.T) {
	src, _ := os.ReadFile(os.Getenv("F"))
	f, l := Parse("a.net", src)
	fmt.Println(len(f.Decls), f.Imports, len(f.Comments))
	for _, d := range l { fmt.Println(d.Error(), "|", d.Label,"|", d.Help, d.Notes) }
}
