(* pmone-verified FILE [--json] [--matrices OUT]: the verdict of the proved checker on a ticket file.

   Exit codes: 0 accepted, 1 rejected, 2 usage, 4 malformed. *)

module E = Extracted
open Malformed

let usage = "usage: pmone-verified FILE [--json] [--matrices OUT]"

(* The least binary64 that is at least m * 2^e, for m >= 0. *)
let float_above m e =
  let drop = max (Z.numbits m - 53) 0 in
  let top = Z.cdiv m (Z.shift_left Z.one drop) in
  let found = Float.ldexp (Z.to_float top) (drop + e) in
  (* subnormal results may round down *)
  let exact x =
    let mantissa, power = Float.frexp x in
    let z = Z.of_float (Float.ldexp mantissa 53) in
    let p = power - 53 - e in
    if p >= 0 then Z.geq (Z.shift_left z p) m else Z.geq z (Z.shift_left m (-p)) in
  if found = infinity || exact found then found else Float.succ found

(* A float x >= 0 as Python's repr writes it: the fewest digits that give it back. *)
let repr x =
  if x = infinity then "Infinity" else
  let rec shortest k =
    let text = Printf.sprintf "%.*e" k x in
    if k >= 17 || float_of_string text = x then text else shortest (k + 1) in
  let text = shortest 0 in
  let e = String.index text 'e' in
  let power = Scanf.sscanf (String.sub text (e + 1) (String.length text - e - 1)) "%d" Fun.id in
  let digits = String.concat "" (String.split_on_char '.' (String.sub text 0 e)) in
  let n = String.length digits in
  if x = 0. then "0.0"
  else if power < -4 || power >= 16 then
    (if n = 1 then digits else String.sub digits 0 1 ^ "." ^ String.sub digits 1 (n - 1))
    ^ Printf.sprintf "e%+03d" power
  else if power < 0 then "0." ^ String.make (-power - 1) '0' ^ digits
  else if n <= power + 1 then digits ^ String.make (power + 1 - n) '0' ^ ".0"
  else String.sub digits 0 (power + 1) ^ "." ^ String.sub digits (power + 1) (n - power - 1)

let fault_text = function
  | E.Edges_wrong -> "its edges are not as the format says"
  | E.Not_sorted -> "the walk's own order failed"
  | E.Unknown_sign -> "takes the ReLU of an input of unknown sign, but the layer is not a generation"
  | E.Mixed_signs -> "takes the ReLU of a combination with coefficients of both signs, but the layer is not a generation"
  | E.Unpaired -> "does not read the two halves of a split with opposite coefficients"
  | E.Not_a_unit -> "reads a neuron of the unit generation before it that is no unit"
  | E.No_layers -> "the network has no layers"

type result = { verdict : string; reasons : string list; bound : float option; matrices : E.matrix list }

let float_of (d : E.dyadic) = float_above d.mantissa (Z.to_int d.exponent)

let judge (t : Reader.t) =
  match E.verify t.ticket (Advice.radius t.ticket.the_domain) (Advice.advise t.ticket) with
  | E.Not_extracted (layer, why, neuron) ->
    { verdict = "rejected"; reasons = [ Printf.sprintf "layer %d: neuron %d %s" layer neuron (fault_text why) ];
      bound = None; matrices = [] }
  | E.Not_bounded ->
    { verdict = "rejected"; reasons = [ "no certificate of its norms was found" ]; bound = None; matrices = [] }
  | E.Bounded (b, accepted, matrices) ->
    let bound = float_of b in
    if bound = infinity then
      { verdict = "rejected"; reasons = [ "the bound is beyond the range of float64" ]; bound = None; matrices }
    else if accepted then { verdict = "accepted"; reasons = []; bound = Some bound; matrices }
    else
      { verdict = "rejected"; bound = Some bound; matrices;
        reasons = [ Printf.sprintf "the bound %s exceeds epsilon = %s" (repr bound) t.header.epsilon.text ] }

let domain_text (header : Header.t) =
  let constant = if header.homogenized then ", and the constant 1 as last input" else "" in
  let region = match header.region with
    | Ball (radius, nonnegative) -> "||x||_2 <= " ^ radius.text ^ if nonnegative then ", x >= 0" else ""
    | Box (low, high) ->
      let same l = match l with
        | [] -> false
        | d :: rest -> List.for_all (fun d' -> Q.equal (Header.ratio d) (Header.ratio d')) rest in
      if same low && same high then
        Printf.sprintf "%s <= x_j <= %s for every feature j" (List.hd low).text (List.hd high).text
      else "low_j <= x_j <= high_j for every feature j, as the header lists them" in
  region ^ constant

let arrow dims = String.concat "-" (List.map string_of_int dims)

let describe (t : Reader.t option) r =
  let claim h = Printf.sprintf "for all x with %s:  ||f(x) - ticket(x)||_2 <= " (domain_text h) in
  [ r.verdict ] @ List.map (fun reason -> "  because " ^ reason) r.reasons
  @ match t with
  | None -> []
  | Some t ->
    let h = t.header in
    (match r.verdict, r.bound with
     | "accepted", Some b ->
       [ Printf.sprintf "  proved: %s%s <= epsilon = %s" (claim h) (repr b) h.epsilon.text ]
     | _, b ->
       Printf.sprintf "  not proved: %sepsilon = %s" (claim h) h.epsilon.text
       :: (match b with Some b -> [ "  the bound that holds: " ^ repr b ] | None -> []))
    @ [ Printf.sprintf "  f: target network %s%s" (arrow t.dims)
          (if h.homogenized then ", biases as a constant last input 1" else "");
        "     SHA-256 " ^ t.sha256;
        Printf.sprintf "  ticket: %s, seed %s, width %d, depth %d, %d random weights kept" h.construction
          (Z.to_string h.seed) (List.fold_left max 0 h.widths) (List.length h.widths - 1) t.kept ]

let json (t : Reader.t option) r =
  let numbers l = "[" ^ String.concat ", " (List.map string_of_int l) ^ "]" in
  let fields =
    [ ("verdict", Json.quote r.verdict);
      ("reasons", "[" ^ String.concat ", " (List.map Json.quote r.reasons) ^ "]");
      ("bound", match r.bound with Some b -> repr b | None -> "null") ]
    @ match t with
    | None -> []
    | Some t ->
      let h = t.header in
      [ ("epsilon", Json.quote h.epsilon.text); ("delta", Json.quote h.delta.text);
        ("domain", Json.quote (domain_text h));
        ("radius", repr (float_of (Advice.radius t.ticket.the_domain))); ("homogenized", string_of_bool h.homogenized);
        ("target_sha256", Json.quote t.sha256); ("dims", numbers t.dims); ("widths", numbers h.widths);
        ("kept_weights", string_of_int t.kept); ("layer_scale_log2", numbers h.scales);
        ("construction", Json.quote h.construction); ("seed", Json.quote (Z.to_string h.seed)) ] in
  "{" ^ String.concat ",\n " (List.map (fun (k, v) -> Json.quote k ^ ": " ^ v) fields) ^ "}"

let write_matrices path matrices =
  let out = open_out path in
  List.iter (fun v ->
      Printf.fprintf out "%d %d\n" (List.length v) (match v with row :: _ -> List.length row | [] -> 0);
      List.iter (fun row -> output_string out (String.concat " " (List.map Z.to_string row) ^ "\n")) v) matrices;
  close_out out

(* Fewer collections where there is memory enough: a gigabyte and a half at 14 million kept weights. *)
let collect_for kept =
  Gc.set { (Gc.get ()) with minor_heap_size = 1 lsl 20; space_overhead = (if kept < 8_000_000 then 300 else 120) }

let verdict path =
  let known = ref None in
  let failed verdict reason = { verdict; reasons = [ reason ]; bound = None; matrices = [] } in
  let result =
    try
      let t = Reader.read path in
      known := Some t;
      collect_for t.kept;
      judge t
    with
    | Malformed fault -> failed "malformed" fault
    | Rejected reason -> failed "rejected" reason
    | Out_of_memory | Stack_overflow -> failed "rejected" "the check ran out of memory"
    | Sys_error _ as fault -> raise fault
    | error ->
      (* a fault of the checker: whatever it is, it must not accept *)
      failed "rejected" ("the checker itself failed (" ^ Printexc.to_string error ^ ")") in
  (!known, result)

let () =
  let rec parse file as_json matrices = function
    | [] -> (file, as_json, matrices)
    | "--json" :: rest -> parse file true matrices rest
    | "--matrices" :: out :: rest -> parse file as_json (Some out) rest
    | arg :: rest when file = None && arg <> "" && arg.[0] <> '-' -> parse (Some arg) as_json matrices rest
    | _ -> prerr_endline usage; exit 2 in
  match Array.to_list Sys.argv with
  | [ _; "--primitives" ] -> Selftest.answer_calls ()
  | _ :: arguments ->
    (match parse None false None arguments with
     | None, _, _ -> prerr_endline usage; exit 2
     | Some path, as_json, matrices ->
       (match verdict path with
        | exception Sys_error fault -> prerr_endline fault; exit 2
        | known, result ->
          Option.iter (fun out -> write_matrices out result.matrices) matrices;
          print_endline (if as_json then json known result else String.concat "\n" (describe known result));
          exit (match result.verdict with "accepted" -> 0 | "rejected" -> 1 | _ -> 4)))
  | [] -> exit 2
