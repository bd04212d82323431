(* The header of a ticket file, from its JSON text (FORMAT.md, sections 4 and 9; ±1 weights only). *)

open Malformed

type kind = Split | Unit
type decimal = { numerator : Z.t; power : int (* times 10^power *); text : string }
type region = Ball of decimal * bool | Box of decimal list * decimal list

type t = {
  construction : string;
  seed : Z.t;
  widths : int list;
  scales : int list;
  epsilon : decimal;
  delta : decimal;
  region : region;
  homogenized : bool;
  generations : (int * kind) list;
  compact : bool; (* version 3: kept edges are stated by gaps *)
}

let require fact fault = require fact "header" fault
let fail fault = malformed "header" fault

let get name key = function
  | Json.Object members ->
    (match List.assoc_opt key members with
     | Some found -> found
     | None -> fail (Printf.sprintf "%s has no key '%s'" name key))
  | _ -> fail (Printf.sprintf "%s has no key '%s'" name key)

let all_digits t = t <> "" && not (String.exists (fun c -> c < '0' || c > '9') t)

let plain_integer t =
  let digits = if t <> "" && t.[0] = '-' then String.sub t 1 (String.length t - 1) else t in
  all_digits digits && String.length digits <= 30 && (String.length digits = 1 || digits.[0] <> '0')

let integer name low high found =
  let z = match found with
    | Json.String t when plain_integer t -> Z.of_string t
    | Json.Number t when plain_integer t ->
      let z = Z.of_string t in
      require (Z.leq (Z.abs z) (Z.shift_left Z.one 53)) (name ^ " beyond 2^53 must be written as a string");
      z
    | _ -> fail (name ^ " is not an integer") in
  require (Z.leq low z && Z.leq z high)
    (Printf.sprintf "%s is %s, expected %s to %s" name (Z.to_string z) (Z.to_string low) (Z.to_string high));
  z

let small name low high found = Z.to_int (integer name (Z.of_int low) (Z.of_int high) found)

let decimal name found =
  let wrong () = fail (name ^ " is not a decimal string") in
  let text = match found with Json.String t when String.length t <= 2000 -> t | _ -> wrong () in
  let n = String.length text in
  let at = ref 0 in
  let peek () = if !at < n then text.[!at] else ' ' in
  let digits () =
    let start = !at in
    while (match peek () with '0' .. '9' -> true | _ -> false) do incr at done;
    if !at = start then wrong ();
    String.sub text start (!at - start) in
  let negative = peek () = '-' in
  if negative then incr at;
  let whole = digits () in
  if String.length whole > 1 && whole.[0] = '0' then wrong ();
  let fraction = if peek () = '.' then (incr at; digits ()) else "" in
  let exponent = match peek () with
    | 'e' | 'E' ->
      incr at;
      let sign = match peek () with '-' -> incr at; -1 | '+' -> incr at; 1 | _ -> 1 in
      let d = digits () in
      let z = Z.of_string d in
      require (Z.leq z (Z.of_int 1200)) (name ^ " has too large an exponent");
      sign * Z.to_int z
    | _ -> 0 in
  if !at < n then wrong ();
  let z = Z.of_string (whole ^ fraction) in
  { numerator = (if negative then Z.neg z else z); power = exponent - String.length fraction; text }

(* Decimals over one denominator, a power of ten. *)
let common decimals =
  let least = List.fold_left (fun p d -> min p d.power) 0 decimals in
  (List.map (fun d -> Z.mul d.numerator (Z.pow (Z.of_int 10) (d.power - least))) decimals,
   Z.pow (Z.of_int 10) (-least))

let ratio d = match common [ d ] with [ n ], den -> Q.make n den | _ -> assert false
let list name key found = match get name key found with Json.List l -> l | _ -> fail (key ^ " is not a list")
let boolean name key found = match get name key found with Json.Bool b -> b | _ -> fail (key ^ " is not true or false")
let text name key found = match get name key found with Json.String t -> t | _ -> fail (key ^ " is not a string")

let region features found =
  match text "domain" "kind" found with
  | "ball" ->
    let radius = decimal "domain radius" (get "domain" "radius" found) in
    require (Z.sign radius.numerator >= 0) ("domain radius is " ^ radius.text ^ ", expected at least 0");
    Ball (radius, boolean "domain" "nonnegative" found)
  | "box" ->
    let ends key =
      let items = list "domain" key found in
      require (List.length items = features)
        (Printf.sprintf "domain %s: %d entries, %d features" key (List.length items) features);
      List.mapi (fun j item -> decimal (Printf.sprintf "domain %s[%d]" key j) item) items in
    let low = ends "low" in
    let high = ends "high" in
    List.iteri (fun j (a, b) ->
        require (Q.leq (ratio a) (ratio b)) (Printf.sprintf "domain low[%d] is above high[%d]" j j))
      (List.combine low high);
    Box (low, high)
  | kind -> fail ("domain kind is " ^ show kind ^ ", expected \"ball\" or \"box\"")

let generations depth items =
  let rec go k after acc = function
    | [] -> List.rev acc
    | item :: items ->
      let name = Printf.sprintf "generations[%d]" k in
      let layer = small (name ^ " layer") after (depth - 1) (get name "layer" item) in
      let kind = match text name "kind" item with
        | "split" -> Split
        | "unit" -> Unit
        | other -> fail (name ^ " kind: " ^ show other ^ ", expected \"split\" or \"unit\"") in
      go (k + 1) (layer + 1) ((layer, kind) :: acc) items in
  go 0 1 [] items

let parse source =
  let raw = Json.parse source in
  (match raw with Json.Object _ -> () | _ -> fail "not a JSON object");
  let format = text "it" "format" raw in
  require (format = "pmone-ticket") ("format is " ^ show format ^ ", not 'pmone-ticket'");
  let real () = raise (Rejected "real weights: the verified checker knows ±1 weights only") in
  let compact = match get "it" "version" raw with
    | Json.Number "1" -> false
    | Json.Number "2" -> real ()
    | Json.Number "3" ->
      (match raw with
       | Json.Object members when List.mem_assoc "distribution" members -> real ()
       | _ -> true)
    | _ -> fail "version is not 1, 2 or 3" in
  let construction = text "it" "construction" raw in
  require (String.length construction >= 1 && String.length construction <= 100
           && not (String.exists (fun c -> c < ' ' || c > '~') construction))
    "construction is not a name of 1 to 100 printable ASCII characters";
  let seed = integer "seed" Z.zero (Z.pred (Z.shift_left Z.one 64)) (get "it" "seed" raw) in
  let widths = List.mapi (fun t w -> small (Printf.sprintf "widths[%d]" t) 1 ((1 lsl 35) - 1) w) (list "it" "widths" raw) in
  require (List.length widths >= 2) "widths has fewer than two entries";
  (* max_int is 2^62 - 1; a product could wrap. *)
  let rec few = function
    | a :: (b :: _ as rest) -> a <= max_int / b && few rest
    | _ -> true in
  require ((not compact) || few widths) "widths: 2^62 edges or more in one layer";
  let scales = List.mapi (fun i p -> small (Printf.sprintf "layer_scale_log2[%d]" i) (-4096) 4096 p)
      (list "it" "layer_scale_log2" raw) in
  require (scales <> []) "layer_scale_log2 is empty";
  let total = integer "scale_log2" (Z.neg (Z.shift_left Z.one 62)) (Z.shift_left Z.one 62) (get "it" "scale_log2" raw) in
  require (Z.equal total (Z.of_int (List.fold_left ( + ) 0 scales))) "scale_log2 is not the sum of layer_scale_log2";
  let epsilon = decimal "epsilon" (get "it" "epsilon" raw) in
  require (Z.sign epsilon.numerator >= 0) "epsilon is negative";
  let delta = decimal "delta" (get "it" "delta" raw) in
  require (Z.sign delta.numerator >= 0 && Q.leq (ratio delta) Q.one) "delta is not a probability";
  let homogenized = boolean "it" "homogenized" raw in
  let features = List.hd widths - if homogenized then 1 else 0 in
  let region = region features (get "it" "domain" raw) in
  let generations = generations (List.length widths - 1) (list "it" "generations" raw) in
  let units = List.length (List.filter (fun (_, kind) -> kind = Unit) generations) in
  require (units = List.length scales - 1)
    (Printf.sprintf "%d unit generations for %d hidden target layers" units (List.length scales - 1));
  { construction; seed; widths; scales; epsilon; delta; region; homogenized; generations; compact }
