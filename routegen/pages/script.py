"""The optional script of pages: it submits forms in place. Without it, everything works as well."""

import hashlib
from typing import Final

PATH: Final = "/__routegen/forms.js"
"""Where it is served, from one's own origin: `script-src 'self'` allows it."""

HEADER: Final = "x-routegen-form"
"""Its requests say so; a redirect is then told in X-Location, for a fetch may not see where another site's leads."""

SOURCE: Final = """\
document.addEventListener("submit",async e=>{
const f=e.target,b=e.submitter,u=b?.getAttribute("formaction")||f.getAttribute("action")||"",
w=f.dataset;
if(e.defaultPrevented||!u.startsWith("?/"))return;
e.preventDefault();
if(w.busy)return;
w.busy=1;
const get=(u,o)=>fetch(u,{...o,headers:{Accept:"text/html","X-Routegen-Form":"1"}}),
d=new FormData(f,b);
try{
let r=await get(u,{method:"POST",body:f.getAttribute("enctype")?d:new URLSearchParams(d)}).catch(()=>0);
if(!r)return HTMLFormElement.prototype.submit.call(f);
let l=r.headers.get("X-Location");
if(l){l=new URL(l,document.baseURI);
if(l.origin+l.pathname!=location.origin+location.pathname)return location.assign(l);
history.replaceState(null,"",l);r=await get(l)}
const n=new DOMParser().parseFromString(await r.text(),"text/html");
document.title=n.title;
document.body.replaceWith(n.body);
document.querySelector("[aria-invalid=true],[autofocus]")?.focus()
}finally{delete w.busy}
});
"""

VERSION: Final = hashlib.sha256(SOURCE.encode()).hexdigest()[:12]
"""Part of its URL, so that a browser keeps it for good."""
