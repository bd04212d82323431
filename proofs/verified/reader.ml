(* From a ticket file to what the proved checker takes. This, with Archive, Json and Header, is what stands
   between the theorem and the file: it is trusted, and the digest of the target that it read is printed. *)

open Malformed
module E = Extracted

type t = { header : Header.t; dims : int list; sha256 : string; kept : int; ticket : E.ticket }

(* The header's text: UTF-32 without the padding. *)
let header_text archive =
  require (Hashtbl.mem archive.Archive.arrays "header") "header" "missing";
  let a = Hashtbl.find archive.Archive.arrays "header" in
  let digits = if String.length a.dtype > 2 then String.sub a.dtype 2 (String.length a.dtype - 2) else "" in
  require (String.length a.dtype > 2 && String.sub a.dtype 0 2 = "<U" && Header.all_digits digits
           && digits.[0] <> '0' && String.length digits <= 8 && a.shape = [])
    "header" "is not 0-d unicode";
  let n = int_of_string digits in
  require (a.member.size - a.offset = 4 * n) "header" "its size is not what its type says";
  let bytes, _ = Archive.read archive "header" in
  let code i = Int32.to_int (String.get_int32_le bytes (a.offset + (4 * i))) land 0xFFFFFFFF in
  let rec last i = if i > 0 && code (i - 1) = 0 then last (i - 1) else i in
  let buffer = Buffer.create n in
  for i = 0 to last n - 1 do
    require (Uchar.is_valid (code i)) "header" "is not UTF-32";
    Buffer.add_utf_8_uchar buffer (Uchar.of_int (code i))
  done;
  Buffer.contents buffer

(* A finite binary64 as an odd integer times a power of two, or zero. *)
let dyadic name bits =
  let fraction = Int64.to_int (Int64.logand bits 0xFFFFFFFFFFFFFL) in
  let exponent = Int64.to_int (Int64.shift_right_logical bits 52) land 0x7FF in
  require (exponent < 0x7FF) name "has an entry that is not finite";
  let m, e = if exponent = 0 then (fraction, -1074) else (fraction lor (1 lsl 52), exponent - 1075) in
  if m = 0 then (0, 0)
  else begin
    let m = ref m and e = ref e in
    while !m land 1 = 0 do m := !m asr 1; incr e done;
    ((if Int64.compare bits 0L < 0 then - !m else !m), !e)
  end

(* A matrix of floats as integers times 2^-grid. *)
let grid_matrix name bytes offset rows columns =
  let entry i = dyadic name (String.get_int64_le bytes (offset + (8 * i))) in
  let grid = ref min_int in
  for i = 0 to (rows * columns) - 1 do
    let m, e = entry i in
    if m <> 0 then grid := max !grid (-e)
  done;
  let grid = if !grid = min_int then 0 else !grid in
  let row r = List.init columns (fun c ->
      let m, e = entry ((r * columns) + c) in
      if m = 0 then Z.zero else Z.shift_left (Z.of_int m) (e + grid)) in
  (List.init rows row, grid)

let units archive i width =
  let name = Printf.sprintf "units_%d" i in
  let us = Archive.int64s archive name in
  require (Array.for_all (fun u -> u >= 0 && u < width) us) name
    (Printf.sprintf "names a neuron outside 0 to %d" (width - 1));
  Array.to_list us

(* The kept edges of layer t from the gaps between their places (FORMAT.md, section 9). *)
let edges_of_gaps archive t before after () =
  let name kind = Printf.sprintf "%s_%d" kind t in
  let gaps = Archive.bytes archive (name "gaps") in
  let far = Archive.int64s archive (name "far") in
  let large = Array.fold_left (fun n gap -> if gap = 255 then n + 1 else n) 0 gaps in
  require (large = Array.length far) (name "far")
    (Printf.sprintf "%d entries, but %s has %d that say 255" (Array.length far) (name "gaps") large);
  let cells = before * after in
  let place = ref (-1) and next = ref 0 in
  let places = Array.map (fun gap ->
      require (gap > 0) (name "gaps") "has a gap of 0";
      let step = if gap < 255 then gap
        else begin
          let step = far.(!next) in
          incr next;
          require (step >= 255 && step <= cells) (name "far") (Printf.sprintf "has a gap outside 255 to %d" cells);
          step
        end in
      (* A subtraction, since a sum could wrap. *)
      require (step <= cells - 1 - !place) (name "gaps") (Printf.sprintf "leads beyond the last of %d edges" cells);
      place := !place + step;
      !place) gaps in
  let all = ref [] in
  for k = Array.length places - 1 downto 0 do
    let source = places.(k) / after and target = places.(k) mod after in
    all := match !all with
      | (c, targets) :: rest when c = source -> (c, target :: targets) :: rest
      | others -> (source, [ target ]) :: others
  done;
  !all

(* The kept edges of layer t, with everything the format says about them checked. *)
let edges archive t before after () =
  let name kind = Printf.sprintf "%s_%d" kind t in
  let sources = Archive.int64s archive (name "sources") in
  let indptr = Archive.int64s archive (name "indptr") in
  let indices = Archive.int64s archive (name "indices") in
  let in_range kind values width =
    require (Array.for_all (fun v -> v >= 0 && v < width) values) (name kind)
      (Printf.sprintf "names a neuron outside 0 to %d" (width - 1)) in
  let n = Array.length sources in
  in_range "sources" sources before;
  for k = 1 to n - 1 do require (sources.(k) > sources.(k - 1)) (name "sources") "not strictly increasing" done;
  require (indptr.(0) = 0 && indptr.(n) = Array.length indices) (name "indptr")
    ("does not lead from 0 to the length of " ^ name "indices");
  for k = 1 to n do
    require (indptr.(k) > indptr.(k - 1)) (name "indptr") "not strictly increasing (a source has no kept edge)"
  done;
  in_range "indices" indices after;
  let all = ref [] in
  for k = n - 1 downto 0 do
    let targets = ref [] in
    for j = indptr.(k + 1) - 1 downto indptr.(k) do
      require (j = indptr.(k) || indices.(j) > indices.(j - 1)) (name "indices") "not strictly increasing within a source";
      targets := indices.(j) :: !targets
    done;
    all := (sources.(k), !targets) :: !all
  done;
  !all

let domain (header : Header.t) =
  let region_of, denominator = match header.region with
    | Ball (radius, nonnegative) ->
      (match Header.common [ radius ] with
       | [ r ], den -> (E.Ball (r, nonnegative), den)
       | _ -> assert false)
    | Box (low, high) ->
      let n = List.length low in
      let numbers, den = Header.common (low @ high) in
      (E.Box (List.filteri (fun i _ -> i < n) numbers, List.filteri (fun i _ -> i >= n) numbers), den) in
  { E.region_of; denominator; homogenized = header.homogenized }

let read path =
  let channel = open_in_bin path in
  let bytes = Fun.protect ~finally:(fun () -> close_in channel) (fun () ->
      really_input_string channel (in_channel_length channel)) in
  let archive = Archive.open_ bytes in
  let header = Header.parse (header_text archive) in
  let widths = Array.of_list header.widths in
  let depth = Array.length widths - 1 in
  let wanted = Hashtbl.create 64 in
  let expect name types shape = Hashtbl.replace wanted name (); Archive.expect archive name types shape in
  Hashtbl.replace wanted "header" ();
  let layers = List.length header.scales in
  let sha = Sha256.init () in
  Sha256.update_string sha "pmone-target 1\n";
  let columns = ref widths.(0) in
  let dims = ref [ !columns ] in
  let rows = List.mapi (fun k _ ->
      let i = k + 1 in
      let before = !columns in
      let rows = expect (Printf.sprintf "target_%d" i) [ "<f8" ] [ -1; before ] in
      require (rows > 0) (Printf.sprintf "target_%d" i) "has no rows";
      columns := rows;
      dims := rows :: !dims;
      if i < layers then ignore (expect (Printf.sprintf "units_%d" i) [ "<i8" ] [ rows ]);
      (rows, before)) header.scales in
  require (!columns = widths.(depth)) (Printf.sprintf "target_%d" layers)
    (Printf.sprintf "%d rows, but the network has %d outputs" !columns widths.(depth));
  let kept = ref 0 in
  for t = 1 to depth do
    if header.compact then begin
      kept := !kept + expect (Printf.sprintf "gaps_%d" t) [ "|u1" ] [ -1 ];
      ignore (expect (Printf.sprintf "far_%d" t) [ "<i4"; "<i8" ] [ -1 ])
    end
    else begin
      let sources = expect (Printf.sprintf "sources_%d" t) [ "<i8" ] [ -1 ] in
      ignore (expect (Printf.sprintf "indptr_%d" t) [ "<i8" ] [ sources + 1 ]);
      kept := !kept + expect (Printf.sprintf "indices_%d" t) [ "<i4"; "<i8" ] [ -1 ]
    end
  done;
  Hashtbl.iter (fun name _ -> require (Hashtbl.mem wanted name) name "unexpected array") archive.arrays;
  let targets = List.mapi (fun k (rows, columns) ->
      let name = Printf.sprintf "target_%d" (k + 1) in
      let bytes, a = Archive.read archive name in
      Sha256.update_string sha (Printf.sprintf "%d %d\n" rows columns);
      Sha256.update_string sha (String.sub bytes a.offset (8 * rows * columns));
      let t_matrix, grid = grid_matrix name bytes a.offset rows columns in
      { E.t_matrix; t_grid = Z.of_int grid; t_scale = Z.of_int (List.nth header.scales k) }) rows in
  let unit = ref 0 in
  let the_layers = List.init depth (fun k ->
      let t = k + 1 in
      let role = match List.assoc_opt t header.generations with
        | None -> E.Plain
        | Some Header.Split -> E.Split
        | Some Header.Unit -> incr unit; E.Units (units archive !unit widths.(t)) in
      { E.width = widths.(t); kept = (if header.compact then edges_of_gaps else edges) archive t widths.(t - 1) widths.(t); role }) in
  let epsilon, epsilon_denominator = match Header.common [ header.epsilon ] with
    | [ n ], den -> (n, den)
    | _ -> assert false in
  let ticket = { E.seed = header.seed; inputs_count = widths.(0); the_layers; the_target = targets;
                 the_domain = domain header; epsilon_numerator = epsilon; epsilon_denominator } in
  { header; dims = List.rev !dims; sha256 = Sha256.to_hex (Sha256.finalize sha); kept = !kept; ticket }
