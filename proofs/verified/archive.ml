(* The arrays of a ticket file: a zip archive of .npy members (FORMAT.md, section 3). *)

open Malformed

type member = { packed : int; size : int; deflated : bool; crc : int32; local : int }
type array_ = { name : string; member : member; dtype : string; shape : int list; offset : int }
type t = { bytes : string; arrays : (string, array_) Hashtbl.t }

let inflation = 100
let free_bytes = 1 lsl 26
let u16 s i = String.get_uint16_le s i
let u32 s i = Int32.to_int (String.get_int32_le s i) land 0xFFFFFFFF

(* The directory's end record: the last one there is. *)
let end_record s =
  let n = String.length s in
  let rec go i =
    if i < 0 || i < n - 22 - 65535 then malformed "file" "cannot be read (it is no zip archive)"
    else if u32 s i = 0x06054b50 then i
    else go (i - 1)
  in
  if n < 22 then malformed "file" "cannot be read (it is no zip archive)" else go (n - 22)

let directory s =
  let e = end_record s in
  let size = u32 s (e + 12) and offset = u32 s (e + 16) in
  let wrong = "cannot be read (its directory is broken)" in
  require (offset + size <= e && size <> 0xFFFFFFFF) "file" wrong;
  (* bytes before the archive shift all offsets *)
  let shift = e - size - offset in
  let rec go i acc =
    if i = e then List.rev acc
    else begin
      require (i + 46 <= e && u32 s i = 0x02014b50) "file" wrong;
      let n = u16 s (i + 28) and extra = u16 s (i + 30) and comment = u16 s (i + 32) in
      require (i + 46 + n + extra + comment <= e) "file" wrong;
      let name = String.sub s (i + 46) n in
      let how = u16 s (i + 10) in
      let shown = show name in
      require (u16 s (i + 8) land 1 = 0) shown "encrypted";
      require (how = 0 || how = 8) shown "neither stored nor deflated";
      let packed = u32 s (i + 20) and size = u32 s (i + 24) in
      require (packed <> 0xFFFFFFFF && size <> 0xFFFFFFFF) shown "larger than this checker reads";
      require (how = 8 || packed = size) shown "stored, but its two sizes differ";
      let member = { packed; size; deflated = how = 8; crc = String.get_int32_le s (i + 16); local = u32 s (i + 42) + shift } in
      go (i + 46 + n + extra + comment) ((name, member) :: acc)
    end
  in
  go (e - size) []

(* Where a member's data begin. *)
let data s name m =
  require (m.local >= 0 && m.local + 30 <= String.length s && u32 s m.local = 0x04034b50) name "its local header is missing";
  let n = u16 s (m.local + 26) in
  let start = m.local + 30 + n + u16 s (m.local + 28) in
  require (start + m.packed <= String.length s) name "truncated";
  require (String.sub s (m.local + 30) n = name ^ ".npy") name "has another name in its local header";
  require (u16 s (m.local + 6) land 1 = 0) name "encrypted";
  start

let unpack s name m =
  let start = data s name m in
  let out = if m.deflated then Bytes.create m.size else Bytes.of_string (String.sub s start m.size) in
  if m.deflated then begin
    require (m.size <= max free_bytes (inflation * m.packed)) name
      (Printf.sprintf "%d bytes claim to unpack to %d" m.packed m.size);
    let stream = Zlib.inflate_init false in
    let source = Bytes.unsafe_of_string s in
    let rec go i o =
      let finished, used, made =
        try Zlib.inflate stream source i (start + m.packed - i) out o (m.size - o) Zlib.Z_SYNC_FLUSH
        with Zlib.Error (_, why) -> malformed name ("cannot be read (" ^ why ^ ")") in
      if finished then o + made
      else begin
        require (used > 0 || made > 0) name "truncated, or longer than its size says";
        go (i + used) (o + made)
      end
    in
    let made = go start 0 in
    Zlib.inflate_end stream;
    require (made = m.size) name "truncated"
  end;
  require (Zlib.update_crc 0l out 0 m.size = m.crc) name "its check sum is wrong";
  Bytes.unsafe_to_string out

(* Enough of a member to hold its .npy header; check sums are compared when all of it is read. *)
let beginning s name m =
  if m.deflated then unpack s name m else String.sub s (data s name m) (min m.size 10100)

(* The header of an .npy member, to the letter as NumPy writes it. *)
let npy name bytes =
  let n = String.length bytes in
  require (n >= 10 && String.sub bytes 0 6 = "\x93NUMPY") name "not an .npy array of version 1.0 or 2.0";
  let first = match String.sub bytes 6 2 with
    | "\001\000" -> 10
    | "\002\000" -> 12
    | _ -> malformed name "not an .npy array of version 1.0 or 2.0" in
  require (n >= first) name "truncated";
  let length = if first = 10 then u16 bytes 8 else u32 bytes 8 in
  let wrong () = malformed name "its .npy header is not as NumPy writes it" in
  if length > 10000 || first + length > n then wrong ();
  let text = String.sub bytes first length in
  let at = ref 0 in
  let literal l =
    let k = String.length l in
    if !at + k <= length && String.sub text !at k = l then at := !at + k else wrong () in
  let until c =
    match String.index_from_opt text !at c with
    | Some i -> let found = String.sub text !at (i - !at) in at := i; found
    | None -> wrong () in
  literal "{'descr': '";
  let dtype = until '\'' in
  literal "', 'fortran_order': ";
  let order = until ',' in
  literal ", 'shape': (";
  let inside = until ')' in
  literal "), }";
  let rest = String.sub text !at (length - !at) in
  let k = String.length rest in
  if k = 0 || rest.[k - 1] <> '\n' || String.exists (fun c -> c <> ' ') (String.sub rest 0 (k - 1)) then wrong ();
  require (order = "False") name "in Fortran order, expected C order";
  let number t =
    let l = String.length t in
    if l = 0 || l > 18 || (l > 1 && t.[0] = '0') || String.exists (fun c -> c < '0' || c > '9') t then wrong ();
    int_of_string t in
  let shape =
    if inside = "" then []
    else match String.split_on_char ',' inside with
      | [ a; "" ] -> [ number a ]
      | a :: (_ :: _ as rest) when rest <> [ "" ] ->
        number a :: List.map (fun t ->
            if String.length t > 1 && t.[0] = ' ' then number (String.sub t 1 (String.length t - 1)) else wrong ()) rest
      | _ -> wrong () in
  (dtype, shape, first + length)

let word name = name <> "" && String.length name <= 40 && not (String.exists (fun c ->
    not ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c = '_')) name)

let open_ bytes =
  let members = directory bytes in
  let total = List.fold_left (fun sum (_, m) -> sum + m.packed) 0 members in
  require (total <= String.length bytes) "file" "its arrays overlap, or it is truncated";
  let arrays = Hashtbl.create 64 in
  List.iter (fun (file, member) ->
      require (Filename.check_suffix file ".npy") "file" ("unexpected member " ^ show file);
      let name = Filename.chop_suffix file ".npy" in
      require (word name) (show name) "unexpected array";
      require (not (Hashtbl.mem arrays name)) name "occurs twice in the archive";
      let dtype, shape, offset = npy name (beginning bytes name member) in
      Hashtbl.add arrays name { name; member; dtype; shape; offset }) members;
  { bytes; arrays }

let shape_text shape = "(" ^ String.concat ", " (List.map (fun n -> if n < 0 then "any" else string_of_int n) shape) ^ ")"

(* The array is there with one of the types, this shape (-1: any), and the bytes for it. *)
let expect t name types shape =
  let a = match Hashtbl.find_opt t.arrays name with Some a -> a | None -> malformed name "missing" in
  require (List.mem a.dtype types) name ("type " ^ show a.dtype ^ ", expected " ^ String.concat " or " types);
  let fits = List.length a.shape = List.length shape && List.for_all2 (fun n m -> n < 0 || n = m) shape a.shape in
  require fits name ("shape " ^ shape_text a.shape ^ ", expected " ^ shape_text shape);
  let width = int_of_string (String.sub a.dtype 2 (String.length a.dtype - 2)) in
  let size = List.fold_left (fun p n ->
      if n > 0 && p > max_int / n then malformed name "has too large a shape" else p * n) width a.shape in
  require (a.member.size - a.offset = size) name (Printf.sprintf "expected %d bytes" (a.offset + size));
  match a.shape with [] -> 1 | n :: _ -> n

let read t name = let a = Hashtbl.find t.arrays name in (unpack t.bytes name a.member, a)

let int64s t name =
  let bytes, a = read t name in
  let count = List.fold_left ( * ) 1 a.shape in
  if a.dtype = "<i4" then Array.init count (fun i -> Int32.to_int (String.get_int32_le bytes (a.offset + (4 * i))))
  else
    Array.init count (fun i ->
        let v = String.get_int64_le bytes (a.offset + (8 * i)) in
        let n = Int64.to_int v in
        if Int64.equal (Int64.of_int n) v then n else if Int64.compare v 0L < 0 then min_int else max_int)

let bytes t name =
  let data, a = read t name in
  Array.init (List.fold_left ( * ) 1 a.shape) (fun i -> Char.code data.[a.offset + i])
