(* The two ways in which a file fails before anything is proved about it. *)

exception Malformed of string
exception Rejected of string

let malformed name fault = raise (Malformed (name ^ ": " ^ fault))
let require fact name fault = if not fact then malformed name fault

(* Foreign text for a message: short, and printable ASCII. *)
let show text =
  let text = String.escaped text in
  "'" ^ (if String.length text <= 58 then text else String.sub text 0 55 ^ "...") ^ "'"
