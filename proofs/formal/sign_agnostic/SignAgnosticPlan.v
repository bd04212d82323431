(** * SignAgnosticPlan: construction A, what is placed where.

    A plan holds the widths d_0..d_l, the number p of bits, the number e of extra digits and the
    sizes |C| and |D| = |D'| of the three blocks. From it: K = p+e digits, width N = |C| + 2|D|,
    depth L = 1 + lK, scale P = p l.

    A hidden layer holds slots: [C b j] is the wire 2^b u_j, [D j] and [D' j] are the two halves
    of the newest wire. The weight layers are numbered by [time i k]: for k < K-1 a doubling,
    which makes D and D' hold 2^(k+1) u_j, + edges from both old halves, while the wire 2^k u_j
    moves from D to C and the older wires stay in C; for k = K-1 the read-out, which puts y_o into
    D and D' for the next section or, in the last section, is the output layer. The last doubling
    makes no D'. The layer before all of them splits the inputs (H2). The edges of a doubling into
    C, into D and into D' are different edges; the read-out requires none, so that its slots have
    fixed places, the first ones of D and D', and all the signs of its edges are digits.
    [baddigit]: the top e digits of an input, as one reader sees them, all have the same sign
    (E3). *)
Require Import ZArith Reals List Lra Lia Bool.
From Pmone Require Import Sums Expansion Probability Pool Network Layers.
Import ListNotations.
Open Scope nat_scope.

Record plan := Plan { p_dims : nat -> nat; p_l : nat; p_p : nat; p_e : nat; p_C : nat; p_D : nat }.

Inductive slot := C (b j : nat) | D (j : nat) | D' (j : nat).
Definition slot_dec : forall a b : slot, {a = b} + {a <> b}.
Proof. decide equality; apply Nat.eq_dec. Defined.

Inductive kind := Split | Double (i k : nat) | Read (i : nat).

(** the wires 2^b u_j, b < k, j < m; the first m slots of D and of D' *)
Definition wires (k m : nat) : list slot := flat_map (fun b => map (C b) (seq 0 m)) (seq 0 k).
Definition ds (m : nat) : list slot := map D (seq 0 m).
Definition ds' (m : nat) : list slot := map D' (seq 0 m).

Section Construction.
Variable T : plan.
Local Notation dims := (p_dims T).
Local Notation l := (p_l T).
Local Notation nC := (p_C T).
Local Notation nD := (p_D T).

(** ** the numbers of the plan *)
Definition digits : nat := p_p T + p_e T.
Definition width : nat := nC + 2 * nD.
Definition depth : nat := 1 + l * digits.
Definition shift : nat := p_p T * l.
Local Notation K := digits.
Local Notation N := width.
Local Notation L := depth.

(** inputs and outputs of section i (the first has both halves of every signed input) *)
Definition ins (i : nat) : nat := if i =? 0 then 2 * dims 0 else dims i.
Definition outs (i : nat) : nat := dims (S i).

(** ** the layers *)
Definition time (i k : nat) : nat := S (i * K + k).
Definition kind_of (t : nat) : kind :=
  match t with
  | O => Split
  | S t' => let i := t' / K in let k := t' mod K in if S k <? K then Double i k else Read i
  end.

(** both halves of the inputs x_j, as in H2 *)
Definition split_ds : list slot := flat_map (fun j => [D j; D (dims 0 + j)]) (seq 0 (dims 0)).
Definition split_ds' : list slot := flat_map (fun j => [D' j; D' (dims 0 + j)]) (seq 0 (dims 0)).

Definition poolC := seq 0 nC.
Definition poolD := seq nC nD.
Definition poolD' := seq (nC + nD) nD.
Definition groups (t : nat) (pl : slot -> nat) (w : signs) : list (list slot * list nat) :=
  match kind_of t with
  | Split => [(split_ds, poolD); (split_ds', poolD')]
  | Double i k => [(wires (S k) (ins i), poolC); (ds (ins i), poolD);
                   (if S (S k) <? K then ds' (ins i) else [], poolD')]
  | Read i => if S i =? l then [] else [(ds (outs i), poolD); (ds' (outs i), poolD')]
  end.
Definition tslots (t : nat) : list slot :=
  match kind_of t with
  | Split => split_ds ++ split_ds'
  | Double i k => wires (S k) (ins i) ++ ds (ins i) ++ (if S (S k) <? K then ds' (ins i) else [])
  | Read i => if S i =? l then [] else ds (outs i) ++ ds' (outs i)
  end.
Definition slots (t : nat) : list slot := match t with O => ds (dims 0) | S t' => tslots t' end.

(** the edges that a new slot needs: old slot and sign *)
Definition req (t : nat) (a : slot) : list (slot * bool) :=
  match kind_of t, a with
  | Split, (D j | D' j) => [if j <? dims 0 then (D j, true) else (D (j - dims 0), false)]
  | Double i k, C b j => [(if b =? k then D j else C b j, true)]
  | Double i k, (D j | D' j) => [(D j, true); (D' j, true)]
  | _, _ => []
  end.

Definition start (a : slot) : nat := match a with D j => j | _ => 0 end.
Definition wd : nat -> nat := shape (dims 0) N L (dims l).
Definition layout_of : layout slot := Layout slot_dec L wd start slots req (fun _ _ _ => []) groups.
End Construction.
Coercion layout_of : plan >-> layout.

Section Placement.
Variable T : plan.
Local Notation dims := (p_dims T).
Local Notation l := (p_l T).
Local Notation e := (p_e T).
Local Notation nC := (p_C T).
Local Notation nD := (p_D T).
Local Notation K := (digits T).
Local Notation N := (width T).
Local Notation L := (depth T).
Local Notation ins := (ins T).
Local Notation outs := (outs T).
Local Notation time := (time T).
Local Notation slots := (slots T).
Local Notation place := (place T).

(** ** the bad event *)
(** in the read-out, digit b of input j is in this slot *)
Definition wire (b j : nat) : slot := if S b =? K then D j else C b j.
Lemma wire_inj b b' j j' : wire b j = wire b' j' -> b = b' /\ j = j'.
Proof.
  unfold wire. destruct (Nat.eqb_spec (S b) K), (Nat.eqb_spec (S b') K); intros H;
    try discriminate; injection H; lia.
Qed.
(** the neurons that read: output o, or the two that hold y_o *)
Definition halves (i : nat) : list bool := if S i =? l then [true] else [true; false].
Definition held (h : bool) (o : nat) : slot := if h then D o else D' o.
Definition reader (w : signs) (i : nat) (h : bool) (o : nat) : nat :=
  if S i =? l then o else place (time (S i) 0) w (held h o).
(** the sign of digit K-1-k, k = 0 the most significant *)
Definition dsign (w : signs) (i : nat) (h : bool) (o j k : nat) : bool :=
  w (time i (K - 1), reader w i h o, place (time i (K - 1)) w (wire (K - 1 - k) j)).
Definition dsigns (w : signs) (i : nat) (h : bool) (o j : nat) : list bool :=
  map (dsign w i h o j) (seq 0 K).
Definition baddigit (w : signs) (q : nat * bool * nat * nat) : bool :=
  let '(i, h, o, j) := q in
  forallb (dsign w i h o j) (seq 0 e) || forallb (fun k => negb (dsign w i h o j k)) (seq 0 e).
Definition quads : list (nat * bool * nat * nat) :=
  flat_map (fun i => flat_map (fun h => map (fun oj => (i, h, fst oj, snd oj))
    (list_prod (seq 0 (outs i)) (seq 0 (ins i)))) (halves i)) (seq 0 l).
Definition bad (w : signs) : bool :=
  existsb (fun t => badlayer T t w) (seq 0 (L - 1)) || existsb (baddigit w) quads.
Definition good (w : signs) : bool := negb (bad w).

(** the pools are at least as large as what they serve *)
Definition sizes : Prop := 1 <= K /\ forall i, i < l -> ins i * (K - 1) <= nC /\ ins i <= nD.
(** what the serving reads: all of its layer but for a read-out *)
Definition reads (t : nat) (c : coord) : Prop := match kind_of T t
  with Read _ => False | _ => layer c = t end.
Lemma rq_reads t w : S t < L -> forall g, In g (groups T t (place t w) w) ->
  forall a r, In a (fst g) -> In r (snd g) -> forall c, In c (map fst (rq T t (place t w) a r)) ->
    reads t c.
Proof.
  intros _ g _ a r _ _ c Hc. unfold rq in Hc. cbn [layout_of lay_req lay_out] in Hc.
  rewrite app_nil_r, map_map in Hc.
  apply in_map_iff in Hc as [x [<- Hx]]. unfold reads. unfold req in Hx.
  destruct (kind_of T t); auto; destruct a; easy.
Qed.
Lemma place_agree t w w' : t < L -> (forall t' c, t' < t -> reads t' c -> w' c = w c) ->
  place t w' = place t w.
Proof. apply (Layers.place_agree T reads rq_reads). intros; reflexivity. Qed.
Lemma reads_before t t' c : t' < t -> reads t' c -> layer c < t.
Proof. intros Ht H. unfold reads in H. destruct (kind_of T t'); try easy; lia. Qed.
Hypothesis Hsizes : sizes.
Lemma K_pos : 1 <= K. Proof. apply Hsizes. Qed.

(** ** layers and their kinds *)
Lemma kind_time i k : k < K -> kind_of T (time i k) = if S k <? K then Double i k else Read i.
Proof.
  intros H. unfold kind_of, SignAgnosticPlan.time.
  rewrite Nat.div_add_l, (Nat.div_small k) by lia. rewrite Nat.add_0_r.
  rewrite (Nat.add_comm (i * K)), Nat.mod_add, (Nat.mod_small k) by lia. reflexivity.
Qed.
Lemma kind_double i k : S k < K -> kind_of T (time i k) = Double i k.
Proof. intros. rewrite kind_time by lia. destruct (Nat.ltb_spec (S k) K); auto; lia. Qed.
Lemma kind_read i : kind_of T (time i (K - 1)) = Read i.
Proof. pose proof K_pos. rewrite kind_time by lia.
destruct (Nat.ltb_spec (S (K - 1)) K); auto; lia. Qed.
Lemma time_S i k : S (time i k) = time i (S k).
Proof. unfold SignAgnosticPlan.time. lia. Qed.
Lemma time_next i : S (time i (K - 1)) = time (S i) 0.
Proof. pose proof K_pos. unfold SignAgnosticPlan.time. lia. Qed.
Lemma time_last : time l 0 = L.
Proof. unfold SignAgnosticPlan.time, depth. lia. Qed.
Lemma time_cases t : t < L -> t = 0 \/ exists i k, i < l /\ k < K /\ t = time i k.
Proof.
  pose proof K_pos. unfold depth, SignAgnosticPlan.time.
  destruct t as [|t]; intros H0; [left; auto|right].
  exists (t / K), (t mod K). repeat split.
  - apply Nat.div_lt_upper_bound; lia.
  - apply Nat.mod_upper_bound. lia.
  - rewrite Nat.mul_comm. f_equal. apply Nat.div_mod. lia.
Qed.
Lemma time_lt i k : i < l -> k < K -> time i k < L.
Proof. unfold SignAgnosticPlan.time, depth. intros. nia. Qed.
Lemma time_S_lt i k : i < l -> S k < K -> S (time i k) < L.
Proof. intros. rewrite time_S. apply time_lt; auto. Qed.
Lemma time_next_lt i : S i < l -> time (S i) 0 < L.
Proof. pose proof K_pos. intros. apply time_lt; auto. Qed.

(** ** slots *)
Lemma in_ds m a : In a (ds m) <-> exists j, a = D j /\ j < m.
Proof.
  unfold ds. rewrite in_map_iff. split.
  - intros [x [E H]]. apply in_seq in H. exists x. split; auto. lia.
  - intros [j [-> H]]. exists j. split; auto. apply in_seq. lia.
Qed.
Lemma in_ds' m a : In a (ds' m) <-> exists j, a = D' j /\ j < m.
Proof.
  unfold ds'. rewrite in_map_iff. split.
  - intros [x [E H]]. apply in_seq in H. exists x. split; auto. lia.
  - intros [j [-> H]]. exists j. split; auto. apply in_seq. lia.
Qed.
Lemma in_wires k m a : In a (wires k m) <-> exists b j, a = C b j /\ b < k /\ j < m.
Proof.
  unfold wires. rewrite in_flat_map. split.
  - intros [b [Hb H]]. apply in_map_iff in H as [j [<- Hj]]. apply in_seq in Hb, Hj. exists b, j.
    repeat split; lia.
  - intros (b & j & -> & Hb & Hj). exists b. split; [apply in_seq; lia|]. apply in_map_iff.
    exists j.
    split; auto. apply in_seq. lia.
Qed.
Lemma in_split_gen (F : nat -> slot) d a :
  In a (flat_map (fun j => [F j; F (d + j)]) (seq 0 d)) <-> exists j, a = F j /\ j < 2 * d.
Proof.
  rewrite in_flat_map. split.
  - intros [x [H E]]. apply in_seq in H. destruct E as [<-|[<-|[]]]; eexists; split; eauto; lia.
  - intros [j [-> H]]. destruct (Nat.lt_ge_cases j d).
    + exists j. split; [apply in_seq; lia|left; auto].
    + exists (j - d). split; [apply in_seq; lia|right; left; f_equal; lia].
Qed.
Lemma split_length (F : nat -> slot) d : length (flat_map (fun j => [F j; F (d + j)]) (seq 0 d))
  = 2 * d.
Proof. rewrite <- (seq_length d 0) at 2. induction (seq 0 d); cbn [flat_map app length]; lia. Qed.
Lemma wires_length k m : length (wires k m) = k * m.
Proof.
  unfold wires. rewrite <- (seq_length k 0) at 2.
  induction (seq 0 k) as [|b bs IH]; cbn [flat_map length]; auto.
  rewrite app_length, map_length, seq_length, IH. lia.
Qed.
Lemma ds_length m : length (ds m) = m.
Proof. unfold ds. rewrite map_length, seq_length. auto. Qed.
Lemma ds'_length m : length (ds' m) = m.
Proof. unfold ds'. rewrite map_length, seq_length. auto. Qed.
Lemma ds_nd m : NoDup (ds m).
Proof. apply NoDup_map_in; [apply seq_NoDup|]. intros; congruence. Qed.
Lemma ds'_nd m : NoDup (ds' m).
Proof. apply NoDup_map_in; [apply seq_NoDup|]. intros; congruence. Qed.
Lemma wires_nd k m : NoDup (wires k m).
Proof.
  apply NoDup_flat_map; [apply seq_NoDup| |].
  - intros b _. apply NoDup_map_in; [apply seq_NoDup|]. intros; congruence.
  - intros b b' z _ _ H1 H2. apply in_map_iff in H1 as [? [<- _]], H2 as [? [E _]]. congruence.
Qed.

(** what the layer before step k of section i holds *)
Lemma slots_D i k j : i < l -> k < K -> (In (D j) (slots (time i k)) <-> j < ins i).
Proof.
  intros Hi Hk. destruct k as [|k].
  - destruct i as [|i].
    + unfold SignAgnosticPlan.time, SignAgnosticPlan.slots, tslots. cbn [Nat.mul Nat.add kind_of].
      rewrite in_app_iff. unfold split_ds, split_ds'. rewrite !in_split_gen.
      unfold SignAgnosticPlan.ins. cbn [Nat.eqb].
      split; [intros [(x & E & H)|(x & E & H)]; [injection E as ->; auto|discriminate]|eauto].
    + rewrite <- time_next. cbn [SignAgnosticPlan.slots]. unfold tslots. rewrite kind_read.
      destruct (Nat.eqb_spec (S i) l); [lia|]. rewrite in_app_iff, in_ds, in_ds'.
      unfold SignAgnosticPlan.ins, SignAgnosticPlan.outs.
      cbn [Nat.eqb]. split; [intros [(x & E & H)|(x & E & H)];
        [injection E as ->; auto|discriminate]|eauto].
  - rewrite <- time_S. cbn [SignAgnosticPlan.slots]. unfold tslots. rewrite kind_double by lia.
    rewrite !in_app_iff, in_ds, in_wires. split.
    + intros [(b & x & E & _)|[(x & E & H)|H]]; [discriminate|injection E as ->; auto|].
      destruct (_ <? _); [apply in_ds' in H as (x & E & _); discriminate|easy].
    + intros H. right. left. eauto.
Qed.
Lemma slots_D' i k j : i < l -> k < K -> k = 0 \/ S k < K -> j < ins i ->
  In (D' j) (slots (time i k)).
Proof.
  intros Hi Hk Hk' Hj. destruct k as [|k].
  - destruct i as [|i].
    + unfold SignAgnosticPlan.time, SignAgnosticPlan.slots, tslots. cbn [Nat.mul Nat.add kind_of].
      rewrite in_app_iff. unfold split_ds, split_ds'. rewrite !in_split_gen. right. exists j.
      split; auto.
    + rewrite <- time_next. cbn [SignAgnosticPlan.slots]. unfold tslots. rewrite kind_read.
      destruct (Nat.eqb_spec (S i) l); [lia|]. rewrite in_app_iff, in_ds'. right. exists j.
      split; auto.
  - rewrite <- time_S. cbn [SignAgnosticPlan.slots]. unfold tslots. rewrite kind_double by lia.
    rewrite !in_app_iff. right. right. destruct (Nat.ltb_spec (S (S k)) K); [|lia]. apply in_ds'.
    eauto.
Qed.
Lemma slots_C i k b j : i < l -> k < K -> b < k -> j < ins i -> In (C b j) (slots (time i k)).
Proof.
  intros Hi Hk Hb Hj. destruct k as [|k]; [lia|].
  rewrite <- time_S. cbn [SignAgnosticPlan.slots]. unfold tslots. rewrite kind_double by lia.
  rewrite in_app_iff, in_wires. left. exists b, j. repeat split; auto.
Qed.
Lemma slots_held i h o : S i < l -> o < outs i -> In (held h o) (slots (time (S i) 0)).
Proof.
  intros Hi Ho. rewrite <- time_next. cbn [SignAgnosticPlan.slots]. unfold tslots.
  rewrite kind_read.
  destruct (Nat.eqb_spec (S i) l); [lia|]. rewrite in_app_iff, in_ds, in_ds'. destruct h; eauto.
Qed.
Lemma slots_wire i b j : i < l -> b < K -> j < ins i -> In (wire b j) (slots (time i (K - 1))).
Proof.
  intros Hi Hb Hj. unfold wire. destruct (Nat.eqb_spec (S b) K).
  - apply slots_D; auto. lia.
  - apply slots_C; auto; lia.
Qed.
(** what a doubling, and a read-out, makes *)
Lemma tslots_double i k a : S k < K -> In a (slots (S (time i k))) ->
  (exists b j, a = C b j /\ b <= k /\ j < ins i) \/ (exists j, (a = D j \/ a = D' j) /\ j < ins i).
Proof.
  intros Hk Ha. cbn [SignAgnosticPlan.slots] in Ha. unfold tslots in Ha.
  rewrite kind_double in Ha by auto.
  rewrite !in_app_iff, in_wires, in_ds in Ha.
  destruct Ha as [(b & j & -> & Hb & Hj)|[(j & -> & Hj)|Ha]].
  - left. exists b, j. repeat split; auto. lia.
  - right. eauto.
  - destruct (_ <? _); [|easy]. apply in_ds' in Ha as (j & -> & Hj). right. eauto.
Qed.
Lemma tslots_read i a : In a (slots (S (time i (K - 1)))) -> exists h o, a = held h o /\ o < outs i.
Proof.
  intros Ha. cbn [SignAgnosticPlan.slots] in Ha. unfold tslots in Ha. rewrite kind_read in Ha.
  destruct (_ =? _); [easy|].
  apply in_app_iff in Ha as [Ha|Ha]; [apply in_ds in Ha|apply in_ds' in Ha];
    destruct Ha as (o & -> & Ho); [exists true|exists false]; exists o; auto.
Qed.
Lemma tslots_split a : In a (slots 1) -> exists j, (a = D j \/ a = D' j) /\ j < 2 * dims 0.
Proof.
  cbn [SignAgnosticPlan.slots]. unfold tslots. cbn [kind_of]. unfold split_ds, split_ds'.
  rewrite in_app_iff, !in_split_gen.
  intros [(j & -> & Hj)|(j & -> & Hj)]; eauto.
Qed.

(** ** pools *)
Lemma wd_in t : 0 < t < L -> wd T t = N.
Proof. intros. unfold wd, shape. destruct (Nat.eqb_spec t 0), (Nat.eqb_spec t L); lia. Qed.
Lemma pool_split : seq 0 N = poolC T ++ poolD T ++ poolD' T.
Proof. unfold poolC, poolD, poolD', width. rewrite <- !seq_app. f_equal. lia. Qed.
Lemma poolC_lt r : In r (poolC T) -> r < N. Proof. intros H. apply in_seq in H. unfold width. lia.
Qed.
Lemma poolD_lt r : In r (poolD T) -> r < N. Proof. intros H. apply in_seq in H. unfold width. lia.
Qed.
Lemma poolD'_lt r : In r (poolD' T) -> r < N. Proof. intros H. apply in_seq in H. unfold width.
lia. Qed.

Lemma groups_pools t pl w : NoDup (flat_map snd (groups T t pl w)) /\
  incl (flat_map snd (groups T t pl w)) (seq 0 N).
Proof.
  assert (N0 : NoDup (seq 0 N)) by apply seq_NoDup. rewrite pool_split in *.
  assert (N1 : NoDup (poolD T ++ poolD' T)) by (apply NoDup_app_inv in N0; tauto).
  unfold groups. destruct (kind_of T t) as [|i k|i]; [| |destruct (S i =? l)]; cbn [flat_map snd];
    rewrite ?app_nil_r.
  - split; auto. apply incl_appr, incl_refl.
  - split; auto. apply incl_refl.
  - split; [constructor|intros r []].
  - split; auto. apply incl_appr, incl_refl.
Qed.

Lemma plan_valid : valid T.
Proof.
  split; cbn [layout_of lay_start lay_slots lay_groups lay_wd lay_L].
  - intros a b Ha Hb Eq. cbn in Ha, Hb. apply in_ds in Ha as [i [-> _]], Hb as [j [-> _]].
    cbn in Eq. congruence.
  - intros a Ha. cbn in Ha. apply in_ds in Ha as [i [-> Hi]]. exact Hi.
  - intros t pl w. unfold groups. cbn [SignAgnosticPlan.slots]. unfold tslots.
    destruct (kind_of T t); [| |destruct (_ =? _)]; cbn [flat_map fst]; rewrite ?app_nil_r; auto.
  - intros t pl w. apply groups_pools.
  - intros t pl w r Ht Hr. rewrite wd_in by lia. apply groups_pools in Hr. apply in_seq in Hr. lia.
Qed.

Hypothesis l_pos : 1 <= l.
Lemma two_layers : 1 < L.
Proof. pose proof K_pos. unfold depth. nia. Qed.
Lemma wd_out : wd T L = dims l.
Proof. unfold wd, shape. pose proof two_layers. destruct (Nat.eqb_spec L 0); [lia|].
rewrite Nat.eqb_refl. auto. Qed.
Lemma outs_ins i : outs i = ins (S i). Proof. reflexivity. Qed.
Lemma plan_enough t pl w : t < L -> enough T t pl w.
Proof.
  intros Ht g Hg. cbn [layout_of lay_groups] in Hg. unfold groups in Hg. destruct Hsizes as [_ Hs].
  destruct (time_cases t Ht) as [->|(i & k & Hi & Hk & ->)].
  - cbn [kind_of] in Hg. pose proof (Hs 0 l_pos) as I0. unfold SignAgnosticPlan.ins in I0.
    cbn [Nat.eqb] in I0.
    destruct Hg as [<-|[<-|[]]]; cbn [fst snd]; unfold split_ds, split_ds', poolD, poolD';
      rewrite split_length, seq_length; lia.
  - rewrite kind_time in Hg by auto. destruct (Nat.ltb_spec (S k) K).
    + pose proof (Hs i Hi) as [I1 I2]. destruct Hg as [<-|[<-|[<-|[]]]]; cbn [fst snd];
        unfold poolC, poolD, poolD'; rewrite ?wires_length, ?ds_length, ?seq_length; auto.
      * nia.
      * destruct (_ <? _); rewrite ?ds'_length; cbn [length]; lia.
    + destruct (Nat.eqb_spec (S i) l); [easy|]. pose proof (Hs (S i) ltac:(lia)) as [_ I2].
      rewrite outs_ins in Hg.
      destruct Hg as [<-|[<-|[]]]; cbn [fst snd]; unfold poolD, poolD';
        rewrite ?ds_length, ?ds'_length, seq_length; auto.
Qed.
Lemma plan_roomy t w : t < L -> roomy T t w.
Proof. intros Ht t' ->. right. apply plan_enough; lia. Qed.

(** ** what the placement reads *)
(** the places of a read-out's slots do not depend on the signs of the layer that reads *)
Lemma place_from i w w' : i < l -> agree (from T (time i (K - 1))) w w' ->
  place (time i (K - 1)) w' = place (time i (K - 1)) w /\
  (S i < l -> place (time (S i) 0) w' = place (time (S i) 0) w).
Proof.
  intros Hi A. pose proof K_pos. assert (Ht : time i (K - 1) < L) by (apply time_lt; lia).
  assert (G : forall t, t < L -> (forall t' c, t' < t -> reads t' c -> layer c < time i (K - 1)) ->
    place t w' = place t w).
  { intros t Htl H1. apply place_agree; auto. intros t' [[a r] c] Ht' Hr. apply A. rewrite in_from.
    intros [X _]. apply H1 in Hr; auto. unfold layer in Hr. cbn in Hr. lia. }
  split.
  - apply G; auto. intros; eapply reads_before; eauto.
  - intros Hi'. apply G; [apply time_next_lt; auto|]. intros t' c Ht' Hr.
    rewrite <- time_next in Ht'.
    destruct (Nat.eq_dec t' (time i (K - 1))) as [->|Ne].
    + unfold reads in Hr. rewrite kind_read in Hr. easy.
    + apply (reads_before _ t'); auto. lia.
Qed.
End Placement.
